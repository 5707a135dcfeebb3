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
    /** Takes any line of a function's log: a batch that it could not finish comes again, and only its log says why. */
    onLog: (line: string): void => {
      const fields = parsedJson(line);
      const errors = fieldOf(fields, 'level') === 'ERROR' ? fieldOf(fields, 'errors') : undefined;
      for (const error of Array.isArray(errors) ? errors.filter(isText) : [])
        onProblem(`the function could not finish a batch: ${error}`);
    },
  };
};
