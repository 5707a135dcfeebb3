import { type Resource, TemplateError } from './template.ts';

/** How Lambda reads a stream for a function: the properties of the template's Kinesis event, with AWS's defaults. */
export interface MappingSettings {
  batchSize: number;
  maximumBatchingWindowInSeconds: number;
  parallelizationFactor: number;
  bisectBatchOnFunctionError: boolean;
  /** −1 is without limit. */
  maximumRetryAttempts: number;
  /** −1 is until the record expires on the stream. */
  maximumRecordAgeInSeconds: number;
  reportBatchItemFailures: boolean;
  startingPosition: 'TRIM_HORIZON' | 'LATEST';
}

/** Reads the Kinesis event of a function. @throws {TemplateError} naming what the local stack does not understand */
export const readMappingSettings = (resource: Resource): MappingSettings => {
  const events = Object.values((resource.properties.Events ?? {}) as unknown as Record<string, KinesisEvent>);
  const event = events.find(({ Type }) => Type === 'Kinesis');
  if (!event) throw new TemplateError('the function has no event of the type Kinesis');
  const {
    Stream: _,
    BatchSize = 100,
    MaximumBatchingWindowInSeconds = 0,
    ParallelizationFactor = 1,
    BisectBatchOnFunctionError = false,
    MaximumRetryAttempts = -1,
    MaximumRecordAgeInSeconds = -1,
    FunctionResponseTypes = [],
    StartingPosition = 'TRIM_HORIZON',
    ...others
  } = event.Properties;
  const unknown = Object.keys(others);
  if (unknown.length > 0)
    throw new TemplateError(`the local stack does not know ${unknown.join(', ')} of a Kinesis event`);
  return {
    batchSize: BatchSize,
    maximumBatchingWindowInSeconds: MaximumBatchingWindowInSeconds,
    parallelizationFactor: ParallelizationFactor,
    bisectBatchOnFunctionError: BisectBatchOnFunctionError,
    maximumRetryAttempts: MaximumRetryAttempts,
    maximumRecordAgeInSeconds: MaximumRecordAgeInSeconds,
    reportBatchItemFailures: FunctionResponseTypes.includes('ReportBatchItemFailures'),
    startingPosition: StartingPosition,
  };
};

interface KinesisEvent {
  Type: string;
  Properties: {
    Stream: string;
    BatchSize?: number;
    MaximumBatchingWindowInSeconds?: number;
    ParallelizationFactor?: number;
    BisectBatchOnFunctionError?: boolean;
    MaximumRetryAttempts?: number;
    MaximumRecordAgeInSeconds?: number;
    FunctionResponseTypes?: string[];
    StartingPosition?: MappingSettings['startingPosition'];
  };
}
