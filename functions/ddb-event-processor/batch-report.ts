import type { KinesisStreamRecord } from 'aws-lambda';
import { defined } from '../../core/defined.ts';
import { functionMetrics } from '../embedded-metrics.ts';
import type { Log, LogLevel } from '../log.ts';
import { arrivedAt } from './decode-record.ts';
import { METRICS, reasonMetricsOf } from './metrics.ts';
import type { Processed } from './process-batch.ts';

export interface Invocation {
  requestId: string;
  functionName: string;
  records: readonly KinesisStreamRecord[];
  started: Date;
  ended: Date;
  /** The CloudWatch namespace of the metrics. Without one no metrics are written. */
  metricsNamespace?: string | undefined;
}

/** Logs what became of a batch: one line, and with metrics one more for each reason for which events were rejected. */
export const report = (log: Log, processed: Omit<Processed, 'unwritten'>, invocation: Invocation): void => {
  const { counts, reasons, retries, unprocessed, errors, eventToTableMilliseconds } = processed;
  const { requestId, functionName, records, started, ended, metricsNamespace: namespace } = invocation;
  const [first, last] = [records[0], records.at(-1)];
  // The clock of Kinesis may be a little ahead.
  const age = (record: KinesisStreamRecord | undefined): number | undefined =>
    record && Math.max(0, started.getTime() - arrivedAt(record.kinesis).getTime());
  const where = { requestId, shardId: first?.eventID.split(':')[0] };
  const values = {
    ...counts,
    retries,
    unprocessed,
    oldestRecordMilliseconds: age(first),
    newestRecordMilliseconds: age(last),
  };
  const context = namespace === undefined ? undefined : { namespace, functionName, time: ended };
  log(
    levelOf(processed),
    'batch processed',
    {
      ...where,
      ...values,
      ...defined({
        reasons: counts.rejected > 0 ? reasons : undefined,
        errors: errors.length > 0 ? errors : undefined,
      }),
      milliseconds: ended.getTime() - started.getTime(),
    },
    context && functionMetrics(METRICS, { ...values, eventToTableMilliseconds }, context),
  );
  if (context) for (const metrics of reasonMetricsOf(reasons, context)) log('WARN', 'events rejected', where, metrics);
};

const levelOf = ({ counts }: Pick<Processed, 'counts'>): LogLevel => {
  if (counts.unwritten > 0) return 'ERROR';
  return counts.rejected > 0 ? 'WARN' : 'INFO';
};
