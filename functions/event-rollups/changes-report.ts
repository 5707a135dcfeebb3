import type { DynamoDBRecord } from 'aws-lambda';
import { defined } from '../../core/defined.ts';
import { functionMetrics, type MetricKinds } from '../embedded-metrics.ts';
import type { Log, LogLevel } from '../log.ts';
import type { Applied } from './apply-changes.ts';

/** Every metric of an invocation. It has the same name in the log line. */
export const METRICS = {
  changes: { unit: 'Count', sparse: false },
  partsWritten: { unit: 'Count', sparse: false },
  skipped: { unit: 'Count', sparse: true },
  conflicts: { unit: 'Count', sparse: true },
  refused: { unit: 'Count', sparse: true },
  unfinished: { unit: 'Count', sparse: true },
  retries: { unit: 'Count', sparse: true },
  oldestChangeMilliseconds: { unit: 'Milliseconds', sparse: false },
  newestChangeMilliseconds: { unit: 'Milliseconds', sparse: false },
} as const satisfies MetricKinds;

export interface Invocation {
  requestId: string;
  functionName: string;
  shard: string;
  records: readonly DynamoDBRecord[];
  retries: number;
  started: Date;
  ended: Date;
  /** The CloudWatch namespace of the metrics. Without one no metrics are written. */
  metricsNamespace?: string | undefined;
}

/** Logs in one line what became of the changes of an invocation. */
export const report = (
  log: Log,
  { counts, errors }: Omit<Applied, 'firstUnfinished'>,
  invocation: Invocation,
): void => {
  const { requestId, functionName, shard, records, retries, started, ended, metricsNamespace: namespace } = invocation;
  // DynamoDB counts in whole seconds.
  const age = ({ dynamodb: { ApproximateCreationDateTime: seconds } = {} }: DynamoDBRecord = {}): number | undefined =>
    seconds === undefined ? undefined : Math.max(0, started.getTime() - seconds * 1_000);
  const values = {
    ...counts,
    retries,
    oldestChangeMilliseconds: age(records[0]),
    newestChangeMilliseconds: age(records.at(-1)),
  };
  log(
    levelOf(counts),
    'changes applied',
    {
      requestId,
      shardId: shard,
      ...values,
      ...defined({ errors: errors.length > 0 ? errors : undefined }),
      milliseconds: ended.getTime() - started.getTime(),
    },
    namespace === undefined ? undefined : functionMetrics(METRICS, values, { namespace, functionName, time: ended }),
  );
};

const levelOf = ({ unfinished, refused }: Applied['counts']): LogLevel => {
  if (unfinished > 0) return 'ERROR';
  return refused > 0 ? 'WARN' : 'INFO';
};
