import { readCount, values } from '../cli/flags.ts';
import { KB, MB } from '../core/limits.ts';
import type { Processor } from '../core/processor.ts';
import { processorNamed, readProcessor } from '../processors/index.ts';
import { functionOf, streamFunctionsOf } from './lambda/function-options.ts';
import { localStack } from './stack.ts';
import { readMappingSettings } from './template/mapping-settings.ts';
import type { StackParameters } from './template/parameters.ts';
import { TemplateError } from './template/template.ts';

/** The flags of a command for the template's parameters. */
export const PARAMETER_FLAGS = {
  ...values('processor', 'shards'),
  parameter: { type: 'string', multiple: true },
} as const;

/** How they are described in the help of a command. */
export const PARAMETER_HELP = `  --processor NAME        what to do with events: a file of processors/  [default default]
  --shards N              shards of the stream          [default: as template.yaml says]
  --parameter NAME=VALUE  a parameter of template.yaml, such as BatchSize=10; repeatable`;

/** What the emulator takes in one record, whatever MaxRecordSizeInKiB says. */
const MOST_KIB = MB / KB;

/**
 * Reads the template's parameters from the flags of a command. Adds to `problems` what CloudFormation and Lambda would refuse.
 *
 * @param flags each `parameter` as `NAME=VALUE`; Processor and ShardCount have flags of their own
 */
export const readParameters = (
  flags: { processor?: string | undefined; shards?: string | undefined; parameter?: readonly string[] },
  problems: string[],
): StackParameters => {
  const shards = readCount('shards', flags.shards, problems);
  // Without a prototype, so that no name is taken for something else.
  const parameters: Record<string, string | number> = Object.create(null);
  const give = (name: string, value: string | number): void => {
    if (Object.hasOwn(parameters, name))
      problems.push(`the parameter ${name} is given more than once; expected one value`);
    else parameters[name] = value;
  };
  if (shards !== undefined) give('ShardCount', shards);
  if (flags.processor !== undefined) give('Processor', flags.processor);
  for (const pair of flags.parameter ?? []) {
    const [, name, value] = /^(\w+)=([\s\S]*)$/.exec(pair) ?? [];
    if (name === undefined || value === undefined)
      problems.push(`--parameter is ${JSON.stringify(pair)}; expected NAME=VALUE`);
    else give(name, value);
  }
  if (Number(parameters.MaxRecordSizeInKiB) > MOST_KIB)
    problems.push(
      `MaxRecordSizeInKiB is ${parameters.MaxRecordSizeInKiB}; the Kinesis of this machine takes at most ${MOST_KIB}`,
    );
  tryOnStack(parameters, problems);
  return parameters;
};

/** Adds to `problems` what a stack with these parameters would be refused for. */
const tryOnStack = (parameters: StackParameters, problems: string[]): void => {
  const { Processor = 'default', ...others } = parameters;
  // What is wrong with the name of a processor is told here.
  const given = readProcessor(String(Processor), problems) ? parameters : others;
  if (Object.keys(given).length === 0) return;
  try {
    const stack = localStack(given);
    for (const name of streamFunctionsOf(stack)) readMappingSettings(functionOf(name, stack));
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    problems.push(error.message);
  }
};

/** The processor that the function of a stack runs. @throws {ProcessorError} where there is none of its name */
export const processorOf = ({ Processor = 'default' }: StackParameters): Processor => processorNamed(String(Processor));
