import { UsageError } from '../../cli/usage-error.ts';

/** The problems that options are refused with, a line each, as a command prints them. It ends with code 2 then. */
export const refusalOf = (readOptions: () => unknown): string => {
  try {
    readOptions();
  } catch (error) {
    if (error instanceof UsageError) return error.problems.map((problem) => `error: ${problem}\n`).join('');
    throw error;
  }
  throw new Error('the options were taken; expected a UsageError');
};
