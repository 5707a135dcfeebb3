import { realpathSync } from 'node:fs';
import type { Readable, Writable } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Clock } from '../core/clock.ts';
import { ensureHome, loadDotEnv, present } from './environment.ts';
import { EXIT } from './exit-code.ts';
import type { Signals } from './interrupts.ts';
import { printableLines } from './shown.ts';
import { type Output, paintFor } from './terminal.ts';
import { UsageError } from './usage-error.ts';
import { messageOf, UserError } from './user-error.ts';

/** All that a command has of the process that it runs in. A test hands in its own. */
export interface Call {
  argv: readonly string[];
  /** The variables, with those of .env. */
  env: Record<string, string | undefined>;
  /** The names in `env` that only the file .env sets. */
  dotEnv: ReadonlySet<string>;
  /** Opens standard input. It has no descriptor where it is not a process's own. */
  stdin: () => Readable & { fd?: number };
  stdout: Writable & Output;
  stderr: Writable & Output;
  signals: Signals;
  /** @default those of the machine */
  clocks?: Clocks;
}

export interface Clocks {
  /** Monotonic: for durations. */
  clock: Clock;
  /** Milliseconds since 1970: for dates. */
  calendar: Clock;
}

/** A command of the project, as its file exports it. */
export interface Command {
  /** Runs it and prints one line for each problem. @returns the exit code: that of `main`, 2 for a wrong call, 1 for any other error */
  call: (call: Call) => Promise<number>;
}

/**
 * A command, which starts where its file is what the process was started with: compiled, or by tsx.
 *
 * @param main does the work; it returns the exit code
 * @param helpHint how to see the command's help
 * @param help what `--help` and `-h` print, whatever else the command is called with
 * @param url of its file
 */
export const command = (
  main: (call: Call) => Promise<number>,
  helpHint: string,
  help: string,
  url?: string,
): Command => {
  const call: Command['call'] = async (started) => {
    // npm takes the -- before the options away, and pnpm passes it on.
    const [first, ...others] = started.argv;
    const given = first === '--' ? { ...started, argv: others } : started;
    if (given.argv.some((arg) => arg === '--help' || arg === '-h')) {
      given.stdout.write(help);
      return EXIT.ok;
    }
    try {
      return await main(given);
    } catch (error) {
      return explain(error, helpHint, given);
    }
  };
  const start = async (): Promise<void> => {
    const { env, stdout, stderr } = process;
    const lost = lostOutput();
    ensureHome();
    const given = { argv: process.argv.slice(2), env, stdin: () => process.stdin, stdout, stderr, signals: process };
    // What nobody waits for, such as the end of a thread. Node itself would print the line of the bundle, which has all of the code.
    process.once('uncaughtException', (error) => {
      if (!(error instanceof UserError)) console.error(error);
      process.exit(error instanceof UserError ? explain(error, helpHint, given) : EXIT.error);
    });
    try {
      const code = await call({ ...given, dotEnv: loadDotEnv() });
      // The output hears of its failure in the next turn.
      await turn();
      process.exitCode = code === EXIT.ok && lost.size > 0 ? EXIT.error : code;
    } catch (error) {
      process.exitCode = explain(error, helpHint, given);
    }
    await Promise.all([written(stdout), written(stderr)]);
    // What the SDK asks for credentials may never answer, and would hold the process.
    process.exit();
  };
  // Once all of its file has run.
  if (url !== undefined && isOfThisProcess(url)) queueMicrotask(() => void start());
  return { call };
};

/** Resolves once all has left that was written to an output, or nobody takes it. */
const written = (output: Writable): Promise<unknown> => new Promise((resolve) => output.write('', resolve));

const isOfThisProcess = (url: string): boolean => {
  try {
    return realpathSync(process.argv[1] ?? '') === fileURLToPath(url);
  } catch {
    return false;
  }
};

/** Prints why a command ended. @returns its exit code */
const explain = (
  error: unknown,
  helpHint: string,
  { argv, env, stderr }: Pick<Call, 'argv' | 'env' | 'stderr'>,
): number => {
  const isUsage = error instanceof UsageError;
  const paint = paintFor(stderr, env);
  for (const problem of isUsage ? error.problems : [messageOf(error)])
    stderr.write(`${paint('bad', 'error:')} ${printableLines(problem)}\n`);
  // npm takes some options for abbreviations of its own, such as --local, and nobody can tell that they were given.
  const isBare = argv.length === 0 && present(env.npm_lifecycle_event) !== undefined;
  if (isUsage) stderr.write(`See ${helpHint}${isBare ? '; npm passes on only what stands behind --' : ''}\n`);
  return isUsage ? EXIT.usage : EXIT.error;
};

/**
 * Keeps a command going though nobody reads its output, or its disk is full: what was read is still delivered. A reader such as head
 * may close the pipe early, and a terminal may be gone: nothing is lost then that anybody wants.
 *
 * @returns what has lost output that somebody may want, such as a full disk
 */
const lostOutput = (): ReadonlySet<string> => {
  const lost = new Set<string>();
  for (const [name, output] of [
    ['standard output', process.stdout],
    ['standard error', process.stderr],
  ] as const)
    output.on('error', ({ code, message }: NodeJS.ErrnoException) => {
      if (code === 'EPIPE' || code === 'EIO' || lost.has(name)) return;
      lost.add(name);
      process.stderr.write(`error: ${name} cannot be written (${message})\n`);
    });
  return lost;
};
