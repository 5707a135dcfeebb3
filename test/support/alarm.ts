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
  const isBreaching = (value: number | undefined): boolean =>
    value === undefined ? TreatMissingData === 'breaching' : breaches(alarm, value);
  let state: AlarmState = 'INSUFFICIENT_DATA';
  // Of the periods that are looked at.
  let missing = EvaluationPeriods;
  let breaching = isBreaching(undefined) ? EvaluationPeriods : 0;
  return values.map((value, index) => {
    const gone = values[index - EvaluationPeriods];
    missing += Number(value === undefined) - Number(gone === undefined);
    breaching += Number(isBreaching(value)) - Number(isBreaching(gone));
    const isMissing = missing === EvaluationPeriods;
    if (isMissing && TreatMissingData === 'ignore') return state;
    if (isMissing && TreatMissingData === 'missing') state = 'INSUFFICIENT_DATA';
    else state = breaching >= DatapointsToAlarm ? 'ALARM' : 'OK';
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
    return { id, byPeriod, valueAt };
  });
  const expression = alarm.Metrics?.find(({ ReturnData = true }) => ReturnData)?.Expression;
  const valueAt = (index: number): number | undefined => {
    if (expression === undefined) return found[0]?.valueAt(index);
    const values = found.map(({ id, valueAt }) => [id, valueAt(index) ?? Number.NaN]);
    const value = calculate(expression, Object.fromEntries(values));
    return Number.isNaN(value) ? undefined : value;
  };
  // No period has this index: none of the metrics has a value there.
  const withoutData = valueAt(-1);
  return Array.from({ length: Math.ceil(minutes / period) }, (_, index) =>
    found.some(({ byPeriod }) => byPeriod.has(index)) ? valueAt(index) : withoutData,
  );
};

const valuesByPeriod = (metric: Watched, datapoints: readonly Datapoint[]): Map<number, number[]> => {
  const byPeriod = new Map<number, number[]>();
  for (const { minute, value } of byMetric(datapoints).get(keyOf(metric)) ?? []) {
    const index = Math.floor(minute / metric.period);
    const values = byPeriod.get(index);
    if (values) values.push(value);
    else byPeriod.set(index, [value]);
  }
  return byPeriod;
};

const grouped = new WeakMap<readonly Datapoint[], Map<string, Datapoint[]>>();
/** Kept, as each alarm looks at the same ones. */
const byMetric = (datapoints: readonly Datapoint[]): Map<string, Datapoint[]> => {
  const known = grouped.get(datapoints);
  if (known) return known;
  const groups = new Map<string, Datapoint[]>();
  for (const datapoint of datapoints) {
    const key = keyOf(datapoint);
    const group = groups.get(key);
    if (group) group.push(datapoint);
    else groups.set(key, [datapoint]);
  }
  grouped.set(datapoints, groups);
  return groups;
};

/** Two metrics are one where namespace, name and all dimensions are the same. */
const keyOf = ({ namespace, name, dimensions }: MetricId): string => {
  const known = keys.get(dimensions) ?? JSON.stringify(Object.entries(dimensions).toSorted());
  keys.set(dimensions, known);
  return `${namespace} ${name} ${known}`;
};
const keys = new WeakMap<object, string>();

const statisticOf = (statistic: string, values: readonly number[]): number => {
  const sum = values.reduce((total, value) => total + value, 0);
  if (statistic === 'Sum') return sum;
  if (statistic === 'Average') return sum / values.length;
  if (statistic === 'Maximum') return values.reduce((most, value) => Math.max(most, value));
  if (statistic === 'Minimum') return values.reduce((least, value) => Math.min(least, value));
  throw new Error(`${statistic} is no statistic that these tests know`);
};
