import { existsSync } from 'node:fs';
import { EXIT } from './exit-code.ts';
import { messageOf } from './message-of.ts';
import { paintFor } from './terminal.ts';
import { UsageError } from './usage-error.ts';

/**
 * Runs a command of the project: reads .env, prints one clear line for each problem, and sets the exit code, which is what
 * `main` returns, 2 for a wrong call and 1 for any other error.
 *
 * @param helpHint how to see the command's help
 */
export const runCommand = async (
  main: (argv: readonly string[]) => Promise<number>,
  helpHint: string,
): Promise<void> => {
  // A reader such as head that has seen enough is no failure of ours: what was read is still delivered.
  for (const output of [process.stdout, process.stderr])
    output.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
    });
  try {
    // What the environment sets already stays: it comes before .env.
    if (existsSync('.env')) process.loadEnvFile('.env');
    process.exitCode = await main(process.argv.slice(2));
  } catch (error) {
    const isUsage = error instanceof UsageError;
    const paint = paintFor(process.stderr, process.env);
    for (const problem of isUsage ? error.problems : [messageOf(error)])
      process.stderr.write(`${paint('bad', 'error:')} ${problem}\n`);
    if (isUsage) process.stderr.write(`See ${helpHint}\n`);
    process.exitCode = isUsage ? EXIT.usage : EXIT.error;
  }
};
