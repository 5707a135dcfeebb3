import { embeddedMetrics, type Metric, spread } from './embedded-metrics.ts';
import type { Processed } from './process-batch.ts';

/**
 * Every metric of an invocation, by the name that it also has in the log line, in the terms of {@link Processed}. Where it
 * is `sparse`, a 0 is left out: CloudWatch bills a metric for the hours in which it has a value.
 * https://aws.amazon.com/cloudwatch/pricing/
 */
export const METRICS = {
  records: { unit: 'Count', sparse: false },
  events: { unit: 'Count', sparse: false },
  written: { unit: 'Count', sparse: false },
  superseded: { unit: 'Count', sparse: true },
  rejected: { unit: 'Count', sparse: true },
  unwritten: { unit: 'Count', sparse: true },
  retries: { unit: 'Count', sparse: true },
  unprocessed: { unit: 'Count', sparse: true },
  oldestRecordMilliseconds: { unit: 'Milliseconds', sparse: false },
  newestRecordMilliseconds: { unit: 'Milliseconds', sparse: false },
  eventToTableMilliseconds: { unit: 'Milliseconds', sparse: false },
} as const satisfies Record<string, { unit: Metric['unit']; sparse: boolean }>;

export type MetricName = keyof typeof METRICS;

/** How many events were rejected for one reason. It has a name of its own, so that no sum counts them twice. */
export const REJECTED_FOR_REASON = 'rejectedForReason';

/** What the metrics are of. A function has one name, and there are nine reasons: few metrics, however many events. */
export const DIMENSIONS = { all: ['FunctionName'], [REJECTED_FOR_REASON]: ['FunctionName', 'Reason'] } as const;

/** Of whom and when. */
export interface Origin {
  namespace: string;
  functionName: string;
  time: Date;
}

/** The values of {@link METRICS}. Absent where the invocation has none, as the ages of no records. */
export type MetricValues = { [Name in MetricName]?: number | readonly number[] | undefined };

/** The members of a line that make it the metrics of one invocation. */
export const metricsOf = (values: MetricValues, { namespace, functionName, time }: Origin): Record<string, unknown> => {
  const metrics = Object.entries(METRICS).flatMap(([name, { unit, sparse }]): Metric[] => {
    const value = values[name as MetricName];
    if (value === undefined || (sparse && value === 0)) return [];
    if (typeof value === 'number') return [{ name, unit, value }];
    return value.length > 0 ? [{ name, unit, value: spread(value) }] : [];
  });
  return embeddedMetrics({ namespace, dimensions: { FunctionName: functionName }, metrics, time });
};

/** The same for the rejected events, reason by reason: a line holds one value of a dimension, so each reason has its line. */
export const reasonMetricsOf = (
  reasons: Processed['reasons'],
  { namespace, functionName, time }: Origin,
): Record<string, unknown>[] =>
  Object.entries(reasons).map(([Reason, value]) =>
    embeddedMetrics({
      namespace,
      dimensions: { FunctionName: functionName, Reason },
      metrics: [{ name: REJECTED_FOR_REASON, unit: 'Count', value }],
      time,
    }),
  );
