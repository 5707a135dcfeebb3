import { fieldOf, isText, parsedJson } from '../core/json.ts';

/**
 * Tells what goes wrong in a run of the pipeline. A failure that repeats is one line, not one for each retry.
 *
 * @param say tells one line
 */
export const tellProblems = (say: (line: string) => void) => {
  const told = new Set<string>();
  const onProblem = (message: string): void => {
    if (!told.has(message)) say(message);
    told.add(message);
  };
  return {
    onProblem,
    /**
     * Takes any line of a function's log: only that says why a batch that it could not finish comes again, and why rows are missing in a
     * rollup.
     */
    onLog: (line: string): void => {
      const fields = parsedJson(line);
      const [errors, refused] = [fieldOf(fields, 'errors'), fieldOf(fields, 'refused')];
      const what =
        fieldOf(fields, 'level') === 'ERROR'
          ? 'the function could not finish a batch'
          : typeof refused === 'number' && refused > 0 && 'the rollups could not count rows';
      if (!what || !Array.isArray(errors)) return;
      for (const error of errors.filter(isText)) onProblem(`${what}: ${error}`);
    },
  };
};
