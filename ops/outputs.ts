import { type Output, StackError } from '../aws/stack-outputs.ts';
import { defined } from '../core/defined.ts';

/** Where a redrive finds what was set aside, and the stream to put it back on. */
export interface RedriveOutputs {
  stream: string;
  region: string;
  rejectedEventsTable: string;
  /** The bucket of failed batches. */
  failedBatches: string;
  /** KiB of the largest record that the stream takes. Stacks of older templates do not say. */
  maxRecordSizeInKiB?: number;
}

/** @throws {StackError} where one is missing */
export const redriveOutputs = (output: Output): RedriveOutputs => ({
  ...defined({ maxRecordSizeInKiB: Number(output.find('MaxRecordSizeInKiB')) || undefined }),
  stream: output('KinesisStream'),
  region: output('Region'),
  rejectedEventsTable: output('RejectedEventsTable'),
  failedBatches: output('FailedBatches'),
});

/** Where a query finds the rows. */
export interface QueryOutputs {
  region: string;
  eventDataTable: string;
}

/** @throws {StackError} where one is missing */
export const queryOutputs = (output: Output): QueryOutputs => ({
  region: output('Region'),
  eventDataTable: output('EventDataTable'),
});

/** Where the rollups of a stack are, and what they are of. */
export interface RollupsOutputs extends QueryOutputs {
  rollupsTable: string;
  /** The name of the processor that defines them. */
  processor: string;
  /** Days for which EventData keeps a row; 0 is for ever. */
  retentionDays: number;
  /** Days for which a rollup is kept after the end of its window; 0 is for ever. */
  rollupsRetentionDays: number;
  /** How long a batch of changes of EventData waits to be filled at most. */
  batchingWindowInSeconds: number;
}

/** @throws {StackError} where one is missing */
export const rollupsOutputs = (output: Output): RollupsOutputs => {
  const query = queryOutputs(output);
  const rollupsTable = output.find('RollupsTable');
  if (rollupsTable === undefined)
    throw new StackError(`the stack "${output.stackName}" has no rollups; deploy it with the parameter Rollups=true`);
  return {
    ...query,
    rollupsTable,
    processor: output.parameter('Processor'),
    retentionDays: Number(output.parameter('RetentionDays')),
    rollupsRetentionDays: Number(output.parameter('RollupsRetentionDays')),
    batchingWindowInSeconds: Number(output.parameter('RollupsBatchingWindowInSeconds')),
  };
};

/** What the live page of a stack shows. */
export interface WatchOutputs extends QueryOutputs {
  /** The name of the stack, also where its ARN was given. */
  name: string;
  stream: string;
  rejectedEventsTable: string;
  /** Absent where the stack has no rollups. */
  rollupsTable?: string;
  /** The name of the processor that defines them. */
  processor: string;
  /** The functions, by name. */
  functions: { events: string; rollups?: string };
}

/** @throws {StackError} where one is missing */
export const watchOutputs = (output: Output): WatchOutputs => ({
  ...queryOutputs(output),
  name: output.stackName,
  stream: output('KinesisStream'),
  rejectedEventsTable: output('RejectedEventsTable'),
  ...defined({ rollupsTable: output.find('RollupsTable') }),
  processor: output.parameter('Processor'),
  functions: { events: output('DDBEventProcessor'), ...defined({ rollups: output.find('EventRollups') }) },
});
