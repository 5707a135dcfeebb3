import { calculate } from './metric-math.ts';

export interface MetricId {
  namespace: string;
  name: string;
  dimensions: Readonly<Record<string, string>>;
}

/** A value of a metric at a minute. */
export interface Datapoint extends MetricId {
  minute: number;
  value: number;
}

export type AlarmState = 'OK' | 'ALARM' | 'INSUFFICIENT_DATA';

/** The properties of AWS::CloudWatch::Alarm that say when it rings. */
export interface AlarmProperties {
  Namespace?: string;
  MetricName?: string;
  Dimensions?: readonly { Name: string; Value: string }[];
  Statistic?: string;
  Period?: number;
  Metrics?: readonly {
    Id: string;
    Expression?: string;
    ReturnData?: boolean;
    MetricStat?: {
      Metric: { Namespace: string; MetricName: string; Dimensions: readonly { Name: string; Value: string }[] };
      Stat: string;
      Period: number;
    };
  }[];
  EvaluationPeriods: number;
  DatapointsToAlarm?: number;
  ComparisonOperator: string;
  Threshold: number;
  TreatMissingData?: string;
}

interface Watched extends MetricId {
  /** By which an expression names it. */
  id: string;
  statistic: string;
  /** Minutes. */
  period: number;
}

/** The metrics that an alarm looks at. */
export const watchedBy = ({ Metrics, ...single }: AlarmProperties): Watched[] => {
  const stats = Metrics
    ? Metrics.flatMap(({ Id, MetricStat }) => (MetricStat ? [{ Id, ...MetricStat, ...MetricStat.Metric }] : []))
    : [{ Id: 'only', Stat: single.Statistic, ...single }];
  return stats.map(({ Id, Namespace = '', MetricName = '', Dimensions = [], Stat = '', Period = 0 }) => ({
    id: Id,
    namespace: Namespace,
    name: MetricName,
    dimensions: Object.fromEntries(Dimensions.map(({ Name, Value }) => [Name, Value])),
    statistic: Stat,
    period: Period / 60,
  }));
};

/**
 * The states of an alarm at the end of each of its periods, by the rules of CloudWatch but for one: of missing periods it looks
 * at no older ones in their place.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
 *
 * @param minutes how long to look, from minute 0 on
 */
export const statesOf = (alarm: AlarmProperties, datapoints: readonly Datapoint[], minutes: number): AlarmState[] => {
  const { EvaluationPeriods, DatapointsToAlarm = EvaluationPeriods } = alarm;
  // Of DynamoDB's metrics, whatever the alarm says.
  const TreatMissingData = alarm.Namespace === 'AWS/DynamoDB' ? 'ignore' : (alarm.TreatMissingData ?? 'missing');
  const values = seriesOf(alarm, datapoints, minutes);
  let state: AlarmState = 'INSUFFICIENT_DATA';
  return values.map((_, index) => {
    const window = Array.from({ length: EvaluationPeriods }, (_, back) => values[index - back]);
    const isMissing = window.every((value) => value === undefined);
    if (isMissing && TreatMissingData === 'ignore') return state;
    if (isMissing && TreatMissingData === 'missing') {
      state = 'INSUFFICIENT_DATA';
      return state;
    }
    const breaching = window.filter((value) =>
      value === undefined ? TreatMissingData === 'breaching' : breaches(alarm, value),
    );
    state = breaching.length >= DatapointsToAlarm ? 'ALARM' : 'OK';
    return state;
  });
};

const breaches = ({ ComparisonOperator, Threshold }: AlarmProperties, value: number): boolean => {
  if (ComparisonOperator === 'GreaterThanThreshold') return value > Threshold;
  if (ComparisonOperator === 'GreaterThanOrEqualToThreshold') return value >= Threshold;
  if (ComparisonOperator === 'LessThanThreshold') return value < Threshold;
  if (ComparisonOperator === 'LessThanOrEqualToThreshold') return value <= Threshold;
  throw new Error(`${ComparisonOperator} is no comparison of CloudWatch`);
};

/** A value for each period, or nothing where the metric has none. */
const seriesOf = (
  alarm: AlarmProperties,
  datapoints: readonly Datapoint[],
  minutes: number,
): (number | undefined)[] => {
  const watched = watchedBy(alarm);
  const [{ period = 1 } = {}] = watched;
  const found = watched.map(({ id, ...metric }) => {
    const byPeriod = valuesByPeriod({ id, ...metric }, datapoints);
    const valueAt = (index: number): number | undefined => {
      const values = byPeriod.get(index);
      return values && statisticOf(metric.statistic, values);
    };
    return { id, valueAt };
  });
  const expression = alarm.Metrics?.find(({ ReturnData = true }) => ReturnData)?.Expression;
  const valueAt = (index: number): number | undefined => {
    if (expression === undefined) return found[0]?.valueAt(index);
    const values = found.map(({ id, valueAt }) => [id, valueAt(index) ?? Number.NaN]);
    const value = calculate(expression, Object.fromEntries(values));
    return Number.isNaN(value) ? undefined : value;
  };
  return Array.from({ length: Math.ceil(minutes / period) }, (_, index) => valueAt(index));
};

const valuesByPeriod = (metric: Watched, datapoints: readonly Datapoint[]): Map<number, number[]> => {
  const byPeriod = new Map<number, number[]>();
  for (const datapoint of datapoints)
    if (isSame(datapoint, metric)) {
      const index = Math.floor(datapoint.minute / metric.period);
      const values = byPeriod.get(index);
      if (values) values.push(datapoint.value);
      else byPeriod.set(index, [datapoint.value]);
    }
  return byPeriod;
};

/** Two metrics are one where namespace, name and all dimensions are the same. */
const isSame = (one: MetricId, other: MetricId): boolean =>
  one.name === other.name && one.namespace === other.namespace && keyOf(one) === keyOf(other);

const keys = new WeakMap<object, string>();
const keyOf = ({ dimensions }: MetricId): string => {
  const known = keys.get(dimensions);
  if (known !== undefined) return known;
  const key = JSON.stringify(Object.entries(dimensions).toSorted());
  keys.set(dimensions, key);
  return key;
};

const statisticOf = (statistic: string, values: readonly number[]): number => {
  const sum = values.reduce((total, value) => total + value, 0);
  if (statistic === 'Sum') return sum;
  if (statistic === 'Average') return sum / values.length;
  if (statistic === 'Maximum') return values.reduce((most, value) => Math.max(most, value));
  if (statistic === 'Minimum') return values.reduce((least, value) => Math.min(least, value));
  throw new Error(`${statistic} is no statistic that these tests know`);
};
