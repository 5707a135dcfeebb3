import { MB } from '../core/limits.ts';
import { localStack } from './stack.ts';
import { type Stack, TemplateError } from './template/template.ts';

/** How `--parameter` is described in the help of a command. */
export const PARAMETER_HELP = `  --parameter NAME=VALUE  a parameter of template.yaml, such as BatchSize=10; repeatable`;

/** What the emulator takes in one record, whatever MaxRecordSizeInKiB says. */
const MOST_KIB = MB / 1_024;

/**
 * Reads the template's parameters from the flags of a command. Adds to `problems` what CloudFormation would refuse.
 *
 * @param given each as `NAME=VALUE`
 * @param shards the value of ShardCount, where it has a flag of its own
 */
export const readParameters = (
  given: readonly string[],
  shards: number | undefined,
  problems: string[],
): NonNullable<Stack['parameters']> => {
  const parameters: Record<string, string | number> = {};
  for (const pair of given) {
    const [, name, value] = /^(\w+)=([\s\S]*)$/.exec(pair) ?? [];
    if (name === undefined || value === undefined)
      problems.push(`--parameter is ${JSON.stringify(pair)}; expected NAME=VALUE`);
    else parameters[name] = value;
  }
  if (shards !== undefined) parameters.ShardCount = shards;
  if (Number(parameters.MaxRecordSizeInKiB) > MOST_KIB)
    problems.push(
      `MaxRecordSizeInKiB is ${parameters.MaxRecordSizeInKiB}; the Kinesis of this machine takes at most ${MOST_KIB}`,
    );
  try {
    if (given.length > 0) localStack(parameters);
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    problems.push(error.message);
  }
  return parameters;
};
