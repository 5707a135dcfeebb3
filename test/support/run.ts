import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** Given to Node.js before a file of TypeScript, it runs that compiled. */
export const RUN_COMPILED = `${ROOT}cli/run.cjs`;

export interface Finished {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface Command {
  child: ChildProcess;
  /** Resolves when the command has written the text to either output. */
  saw: (text: string) => Promise<void>;
  finished: Promise<Finished>;
}

/** Variables of this machine that would be settings of the command under test. */
const SETTINGS = /^(AWS_|TWITTER_|TRACK$|KINESIS_STREAM$|NODE_OPTIONS$|NO_COLOR$|FORCE_COLOR$|HTTPS_PROXY$|NO_PROXY$)/i;

export interface StartOptions {
  env?: Record<string, string>;
  /** What standard input holds; `open` leaves it to the test. */
  input?: string | 'open';
  /** The folder to run in, and so where .env is read from. */
  cwd?: string;
  /** Open files that take the place of an output. */
  outputs?: { stdout?: number; stderr?: number };
}

/**
 * Starts a command of the project in a process of its own, with nothing of this machine's settings.
 *
 * @param script its file
 */
export const start = (
  script: string,
  args: readonly string[],
  { env = {}, input = '', cwd = ROOT, outputs = {} }: StartOptions = {},
): Command => {
  const inherited = Object.entries(process.env).filter(([name]) => !SETTINGS.test(name));
  const child = spawn(process.execPath, [RUN_COMPILED, ROOT + script, ...args], {
    cwd,
    // No file of this machine either: ~/.aws is as much a setting as a variable.
    env: { ...Object.fromEntries(inherited), HOME: ROOT, AWS_EC2_METADATA_DISABLED: 'true', ...env },
    stdio: ['pipe', outputs.stdout ?? 'pipe', outputs.stderr ?? 'pipe'],
  });
  // A command may end before it has read everything.
  child.stdin?.on('error', () => {});
  if (input !== 'open') child.stdin?.end(input);
  let stdout = '';
  let stderr = '';
  let onOutput = () => {};
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    onOutput();
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
    onOutput();
  });
  const finished = new Promise<Finished>((resolve) => {
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
  const command: Command = {
    child,
    saw: (text) =>
      new Promise((resolve, reject) => {
        onOutput = () => {
          if (`${stdout}${stderr}`.includes(text)) resolve();
        };
        onOutput();
        finished.then(() => reject(new Error(`ended without "${text}": ${stdout}${stderr}`)));
      }),
    finished,
  };
  running.add(command);
  finished.then(() => running.delete(command));
  return command;
};

/** Ends what a test that failed has left running. */
export const killAll = async (): Promise<void> => {
  for (const { child, finished } of running) {
    child.kill('SIGKILL');
    await finished;
  }
};

const running = new Set<Command>();

/** Runs a command to its end. */
export const run = (...call: Parameters<typeof start>): Promise<Finished> => start(...call).finished;

/** Without the lines of progress, which appear only where a run takes long. */
export const withoutProgress = (stderr: string): string => stderr.replace(PROGRESS, '');
const PROGRESS =
  /^([-\dT:]+Z )?(waiting for|starting|looking (at|for)|reading|writing|correcting|[\d,]+ (sent|stored|put back), [\d,]+\/s,) .*\n/gm;
