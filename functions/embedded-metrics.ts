import { METRIC_VALUES } from '../core/limits.ts';

/** One metric of a document. */
export interface Metric {
  /** At most 255 characters. */
  name: string;
  unit: 'Count' | 'Milliseconds';
  /** One value, or several that make a distribution: at least one, at most {@link METRIC_VALUES}. */
  value: number | readonly number[];
}

export interface Metrics {
  namespace: string;
  /** By name. Each combination of values is a metric of its own, and billed as one. */
  dimensions: Readonly<Record<string, string>>;
  metrics: readonly Metric[];
  time: Date;
}

/**
 * Metrics as members of a line of JSON. CloudWatch makes metrics of such a line in a log; that takes no further call and no
 * permission. The line may have other members. A library for this would add at least 16 KB to the bundle and 3 ms to a cold start,
 * and would write its own lines.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 *
 * @returns the values and dimensions, and `_aws`, which says what they are
 */
export const embeddedMetrics = ({ namespace, dimensions, metrics, time }: Metrics): Record<string, unknown> => ({
  ...dimensions,
  ...Object.fromEntries(metrics.map(({ name, value }) => [name, value])),
  _aws: {
    Timestamp: time.getTime(),
    CloudWatchMetrics: [
      {
        Namespace: namespace,
        Dimensions: [Object.keys(dimensions)],
        Metrics: metrics.map(({ name, unit }) => ({ Name: name, Unit: unit })),
      },
    ],
  },
});

/**
 * The metrics of a function, by name. A 0 of a `sparse` metric is left out: CloudWatch bills a metric for the hours in which it has a
 * value. https://aws.amazon.com/cloudwatch/pricing/
 */
export type MetricKinds = Readonly<Record<string, { unit: Metric['unit']; sparse: boolean }>>;

/** Whose metrics they are, and of which time. */
export interface MetricsContext {
  namespace: string;
  functionName: string;
  time: Date;
}

/** The members that make a log line the metrics of one invocation of a function. A value that is undefined is left out. */
export const functionMetrics = <Kinds extends MetricKinds>(
  kinds: Kinds,
  values: { readonly [Name in keyof Kinds]?: number | readonly number[] | undefined },
  { namespace, functionName, time }: MetricsContext,
): Record<string, unknown> => {
  const metrics = Object.entries(kinds).flatMap(([name, { unit, sparse }]): Metric[] => {
    const value = values[name];
    if (value === undefined || (sparse && value === 0)) return [];
    if (typeof value === 'number') return [{ name, unit, value }];
    return value.length > 0 ? [{ name, unit, value: spread(value) }] : [];
  });
  return embeddedMetrics({ namespace, dimensions: { FunctionName: functionName }, metrics, time });
};

/**
 * As many of the values as one metric takes, ascending. Of more values it takes every n-th in the order of their size, with the
 * least and the greatest, so that a percentile is off by one hundredth of the values at most.
 */
export const spread = (values: readonly number[]): number[] => {
  // Sorting without a comparing function is several times as fast.
  const sorted = Float64Array.from(values).sort();
  if (sorted.length <= METRIC_VALUES) return [...sorted];
  const step = (sorted.length - 1) / (METRIC_VALUES - 1);
  return Array.from({ length: METRIC_VALUES }, (_, index) => sorted[Math.round(index * step)]!);
};
