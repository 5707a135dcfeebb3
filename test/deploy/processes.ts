import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

export interface ProcessOptions {
  env: NodeJS.ProcessEnv;
  cwd?: string;
  /** What standard input holds. @default nothing */
  input?: string;
  /** Seconds after which it is ended, which is a failure. */
  limit: number;
}

/** A command did not end well. The message has what it wrote. */
export class CommandFailed extends Error {
  override readonly name = 'CommandFailed';
}

const running = new Set<ChildProcess>();

/**
 * Starts a command in a process group of its own, so that all it starts can be ended with it.
 *
 * @param stdin `pipe` leaves standard input to the caller
 */
export const startProcess = (
  [command = '', ...args]: readonly string[],
  { env, cwd }: { env: NodeJS.ProcessEnv; cwd?: string | undefined },
): ChildProcess => {
  const child = spawn(command, args, { env, cwd, detached: true, stdio: 'pipe' });
  running.add(child);
  child.once('close', () => running.delete(child));
  // Standard input may be closed before all of it was read.
  child.stdin.on('error', () => {});
  return child;
};

/** Ends a command and all that it started, and waits for that. */
export const endProcess = async (child: ChildProcess): Promise<void> => {
  if (!running.has(child) || child.pid === undefined) return;
  const closed = once(child, 'close');
  signalGroup(child.pid, 'SIGTERM');
  const grace = setTimeout(() => signalGroup(child.pid!, 'SIGKILL'), 10_000);
  await closed;
  clearTimeout(grace);
};

/** Ends all that was started and still runs. */
export const endAll = async (): Promise<void> => {
  await Promise.all([...running].map(endProcess));
};

const signalGroup = (pid: number, signal: NodeJS.Signals): void => {
  try {
    process.kill(-pid, signal);
  } catch {
    // It ended by itself just now.
  }
};

/**
 * Runs a command to its end.
 *
 * @returns what it wrote to standard output
 * @throws {CommandFailed} where its exit code is not 0, it cannot be started, or its time was up
 */
export const runProcess = async (command: readonly string[], options: ProcessOptions): Promise<string> => {
  const child = startProcess(command, options);
  let stdout = '';
  let output = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    output += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  child.stdin?.end(options.input ?? '');
  let isLate = false;
  const limit = setTimeout(() => {
    isLate = true;
    void endProcess(child);
  }, options.limit * 1000);
  const failed = (why: string) => new CommandFailed(`${command.join(' ')}: ${why}\n${output}`);
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', (error) => {
        running.delete(child);
        reject(failed(error.message));
      });
      child.once('close', resolve);
    });
    if (isLate) throw failed(`not done after ${options.limit} s`);
    if (code !== 0) throw failed(`exit code ${code}`);
    return stdout;
  } finally {
    clearTimeout(limit);
  }
};
