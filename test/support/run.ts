import { type ChildProcess, spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { PassThrough, type Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { monotonicClock, systemClock } from '../../aws/system-clock.ts';
import type { Clocks, Command as Exported } from '../../cli/command.ts';
import { withoutLimits } from './unhurried-clock.ts';
import { Changes } from './until.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** Given to Node.js before a file of TypeScript, it runs that compiled. */
export const RUN_COMPILED = `${ROOT}cli/run.cjs`;

export interface Finished {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** What a command that is called with --json says: its last line. */
export const jsonOf = ({ stdout }: Pick<Finished, 'stdout'>) => JSON.parse(stdout.trimEnd().split('\n').at(-1)!);

/** A command that runs, or has run. */
interface Running {
  /** What it has written so far. */
  printed: Readonly<Pick<Finished, 'stdout' | 'stderr'>>;
  /** Resolves when the command has written the text to either output. */
  saw: (text: string) => Promise<void>;
  finished: Promise<Finished>;
}

/** One that runs in a process of its own. */
export interface Command extends Running {
  child: ChildProcess;
}

/** One that runs in this process. */
export interface Called extends Running {
  stdin: PassThrough;
  /** Sends it a signal, as a terminal does. */
  kill: (signal: NodeJS.Signals) => void;
}

/** Hears what a command writes. @param ended its exit code, when both outputs have ended */
const listenTo = (stdout: Readable | null, stderr: Readable | null, ended: Promise<number | null>): Running => {
  const heard = { stdout: '', stderr: '' };
  const changes = new Changes();
  let isOver = false;
  for (const [name, output] of Object.entries({ stdout, stderr }) as ['stdout' | 'stderr', Readable | null][])
    output?.setEncoding('utf8').on('data', (text: string) => {
      heard[name] += text;
      changes.changed();
    });
  const finished = ended.then((code) => {
    isOver = true;
    changes.changed();
    return { code, ...heard };
  });
  return {
    printed: heard,
    saw: async (text) => {
      const hasSeen = (): boolean => `${heard.stdout}${heard.stderr}`.includes(text);
      await changes.until(() => isOver || hasSeen(), `it does not write "${text}"`);
      if (!hasSeen()) throw new Error(`ended without "${text}": ${heard.stdout}${heard.stderr}`);
    },
    finished,
  };
};

/** That of this process, in which nothing is set. See no-settings.ts. */
const environment = (env: Record<string, string>): Record<string, string> => ({
  ...(process.env as Record<string, string>),
  ...env,
});

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
  const child = spawn(process.execPath, [RUN_COMPILED, ROOT + script, ...args], {
    cwd,
    env: environment(env),
    stdio: ['pipe', outputs.stdout ?? 'pipe', outputs.stderr ?? 'pipe'],
  });
  // A command may end before it has read everything.
  child.stdin?.on('error', () => {});
  if (input !== 'open') child.stdin?.end(input);
  const ended = new Promise<number | null>((resolve) => {
    child.on('close', resolve);
  });
  const started = { child, ...listenTo(child.stdout, child.stderr, ended) };
  running.add(started);
  started.finished.then(() => running.delete(started));
  return started;
};

/** The limits are six seconds or more, and the waits between two tries less. */
const LIMIT_MS = 5_500;
const UNHURRIED: Clocks = {
  clock: withoutLimits(monotonicClock, LIMIT_MS),
  calendar: withoutLimits(systemClock, LIMIT_MS),
};

interface CallOptions {
  env?: Record<string, string>;
  input?: string | 'open';
  clocks?: Clocks;
}

/**
 * Calls a command in this process, which takes a hundredth of what a process takes. It sees nothing of this machine's settings, but the
 * AWS SDK does: what the SDK reads from the environment itself needs {@link callAlone}, and a command that ends its process needs one.
 *
 * @param input what standard input holds; `open` leaves it to the test
 * @param clocks by default those of this machine, on which no request and no function is given up
 */
export const call = (
  { call: run }: Pick<Exported, 'call'>,
  argv: readonly string[],
  { env = {}, input = '', clocks = UNHURRIED }: CallOptions = {},
): Called => {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  if (input !== 'open') stdin.end(input);
  const signals = new EventEmitter();
  const given = { argv, env, dotEnv: new Set<string>(), stdin: () => stdin, stdout, stderr, signals };
  const ended = run({ ...given, clocks }).then(async (code) => {
    stdout.end();
    stderr.end();
    await Promise.all([stdout, stderr].map((output) => output.readableEnded || once(output, 'end')));
    return code;
  });
  return { stdin, kill: (signal) => signals.emit(signal), ...listenTo(stdout, stderr, ended) };
};

/**
 * Lends this process the variables of another until the work is done: the AWS SDK reads some itself. So it is the only one of its time.
 *
 * @param work is given them all
 */
export const inEnvironment = async <T>(
  env: Record<string, string>,
  work: (env: Record<string, string>) => Promise<T>,
): Promise<T> => {
  const own = { ...process.env };
  const lent = environment(env);
  set(lent);
  try {
    return await work(lent);
  } finally {
    set(own);
  }
};

/** Sets the variables of this process, and no others. Another object in their place would not reach what is no JavaScript. */
const set = (env: NodeJS.ProcessEnv): void => {
  for (const name of Object.keys(process.env)) if (env[name] === undefined) delete process.env[name];
  Object.assign(process.env, env);
};

/** Calls a command in this process, and the AWS SDK sees its variables too. See {@link inEnvironment}. */
export const callAlone = (...[command, argv, options = {}]: Parameters<typeof call>): Promise<Finished> =>
  inEnvironment(options.env ?? {}, (env) => call(command, argv, { ...options, env }).finished);

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
