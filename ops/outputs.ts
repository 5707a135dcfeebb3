import { type Output, StackError } from '../aws/stack-outputs.ts';
import { defined } from '../core/defined.ts';

/** Where a redrive finds what was set aside, and the stream to put it back on. @throws {StackError} where one is missing */
export const redriveOutputs = (output: Output) => ({
  stream: output('KinesisStream'),
  region: output('Region'),
  rejectedEventsTable: output('RejectedEventsTable'),
  /** The bucket of failed batches. */
  failedBatches: output('FailedBatches'),
  /** KiB of the largest record that the stream takes. Stacks of older templates do not say. */
  ...defined({ maxRecordSizeInKiB: Number(output.find('MaxRecordSizeInKiB')) || undefined }),
});

export type RedriveOutputs = ReturnType<typeof redriveOutputs>;

/** Where a query finds the rows. @throws {StackError} where one is missing */
export const queryOutputs = (output: Output) => ({
  region: output('Region'),
  eventDataTable: output('EventDataTable'),
});

export type QueryOutputs = ReturnType<typeof queryOutputs>;

/** Where the rollups of a stack are, and what they are of. @throws {StackError} where one is missing */
export const rollupsOutputs = (output: Output) => {
  const query = queryOutputs(output);
  const rollupsTable = output.find('RollupsTable');
  if (rollupsTable === undefined)
    throw new StackError(`the stack "${output.stackName}" has no rollups; deploy it with the parameter Rollups=true`);
  return {
    ...query,
    rollupsTable,
    /** The name of the processor that defines them. */
    processor: output.parameter('Processor'),
    /** Days for which EventData keeps a row; 0 is for ever. */
    retentionDays: Number(output.parameter('RetentionDays')),
    /** Days for which a rollup is kept after the end of its window; 0 is for ever. */
    rollupsRetentionDays: Number(output.parameter('RollupsRetentionDays')),
    /** How long a batch of changes of EventData waits to be filled at most. */
    batchingWindowInSeconds: Number(output.parameter('RollupsBatchingWindowInSeconds')),
  };
};

export type RollupsOutputs = ReturnType<typeof rollupsOutputs>;

/** What the live page of a stack shows. @throws {StackError} where one is missing */
export const watchOutputs = (output: Output) => ({
  ...queryOutputs(output),
  /** The name of the stack, also where its ARN was given. */
  name: output.stackName,
  stream: output('KinesisStream'),
  rejectedEventsTable: output('RejectedEventsTable'),
  /** Absent where the stack has no rollups. */
  ...defined({ rollupsTable: output.find('RollupsTable') }),
  /** The name of the processor that defines them. */
  processor: output.parameter('Processor'),
  /** The functions, by name. */
  functions: { events: output('DDBEventProcessor'), ...defined({ rollups: output.find('EventRollups') }) },
});

export type WatchOutputs = ReturnType<typeof watchOutputs>;
