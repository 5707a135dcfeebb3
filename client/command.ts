import { existsSync } from 'node:fs';
import { describeError } from '../core/service-error.ts';
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
  // A reader such as head that has seen enough is no failure of ours.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
  try {
    // What the environment sets already stays: it comes before .env.
    if (existsSync('.env')) process.loadEnvFile('.env');
    process.exitCode = await main(process.argv.slice(2));
  } catch (error) {
    const isUsage = error instanceof UsageError;
    for (const problem of isUsage ? error.problems : [messageOf(error)]) process.stderr.write(`error: ${problem}\n`);
    if (isUsage) process.stderr.write(`See ${helpHint}\n`);
    process.exitCode = isUsage ? 2 : 1;
  }
};

/** An error of ours says all in its message; the name of a foreign one helps. */
const messageOf = (error: unknown): string =>
  error instanceof Error && OURS.has(error.name) ? error.message : describeError(error);

const OURS = new Set(['Error', 'StackError', 'PortInUseError', 'TemplateError', 'XApiError']);
