import { setImmediate as turn } from 'node:timers/promises';
import { loadDotEnv } from './environment.ts';
import { EXIT } from './exit-code.ts';
import { printableLines } from './shown.ts';
import { paintFor } from './terminal.ts';
import { UsageError } from './usage-error.ts';
import { messageOf } from './user-error.ts';

/**
 * Runs a command of the project: reads .env, prints one line for each problem, and sets the exit code, which is what `main`
 * returns, 2 for a wrong call and 1 for any other error.
 *
 * @param main gets the arguments, and the names of the variables that only .env sets
 * @param helpHint how to see the command's help
 */
export const runCommand = async (
  main: (argv: readonly string[], dotEnv: ReadonlySet<string>) => Promise<number>,
  helpHint: string,
): Promise<void> => {
  const lost = lostOutput();
  try {
    const dotEnv = loadDotEnv();
    const code = await main(process.argv.slice(2), dotEnv);
    // The output hears of its failure in the next turn.
    await turn();
    process.exitCode = code === EXIT.delivered && lost.size > 0 ? EXIT.error : code;
  } catch (error) {
    const isUsage = error instanceof UsageError;
    const paint = paintFor(process.stderr, process.env);
    for (const problem of isUsage ? error.problems : [messageOf(error)])
      process.stderr.write(`${paint('bad', 'error:')} ${printableLines(problem)}\n`);
    if (isUsage) process.stderr.write(`See ${helpHint}\n`);
    process.exitCode = isUsage ? EXIT.usage : EXIT.error;
  }
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
