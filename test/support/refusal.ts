import { UsageError } from '../../cli/usage-error.ts';

/** The problems that options are refused with; none where they are taken. */
export const problemsOf = (readOptions: () => unknown): readonly string[] => {
  try {
    readOptions();
  } catch (error) {
    if (error instanceof UsageError) return error.problems;
    throw error;
  }
  return [];
};

/** The same, a line each, as a command prints them. It ends with code 2 then. */
export const refusalOf = (readOptions: () => unknown): string =>
  problemsOf(readOptions)
    .map((problem) => `error: ${problem}\n`)
    .join('');
