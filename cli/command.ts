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
  // A reader such as head may close the pipe early, and a terminal may be gone. What was read is still delivered.
  for (const output of [process.stdout, process.stderr])
    output.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE' && error.code !== 'EIO') throw error;
    });
  try {
    const dotEnv = loadDotEnv();
    process.exitCode = await main(process.argv.slice(2), dotEnv);
  } catch (error) {
    const isUsage = error instanceof UsageError;
    const paint = paintFor(process.stderr, process.env);
    for (const problem of isUsage ? error.problems : [messageOf(error)])
      process.stderr.write(`${paint('bad', 'error:')} ${printableLines(problem)}\n`);
    if (isUsage) process.stderr.write(`See ${helpHint}\n`);
    process.exitCode = isUsage ? EXIT.usage : EXIT.error;
  }
};
