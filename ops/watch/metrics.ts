import { type CloudWatchClient, GetMetricDataCommand, type MetricDataQuery } from '@aws-sdk/client-cloudwatch';
import { UserError } from '../../cli/user-error.ts';
import { defined } from '../../core/defined.ts';
import type { Figures, Rate } from '../../local/watch/watched.ts';
import type { WatchOutputs } from '../outputs.ts';

/** A metric has a value for each minute. */
const PERIOD_S = 60;
const HOUR_MS = 3_600_000;

/** A thousand metrics that are asked for cost a cent. https://aws.amazon.com/cloudwatch/pricing/ */
const DOLLARS_PER_METRIC = 0.01 / 1_000;

/** Where a figure comes from. */
interface Metric {
  figure: keyof Figures;
  namespace: string;
  name: string;
  dimension: [name: string, value: string];
  /** A lag is the greatest of the last minute that has one. All others are added up. */
  stat: 'Sum' | 'Maximum';
}

/** The metrics of a stack that its page needs. The functions write their own under the name of the stack. */
export const metricsOf = ({
  name: stack,
  functions,
  stream,
}: Pick<WatchOutputs, 'name' | 'functions' | 'stream'>): Metric[] => {
  const { events, rollups } = functions;
  const metric = (
    figure: keyof Figures,
    [namespace, name]: [string, string],
    dimension: Metric['dimension'],
    stat: Metric['stat'] = 'Sum',
  ): Metric => ({ figure, namespace, name, dimension, stat });
  const own = (name: keyof Figures, of: string): Metric => metric(name, [stack, name], ['FunctionName', of]);
  return [
    metric('records', ['AWS/Kinesis', 'IncomingRecords'], ['StreamName', stream]),
    ...(['events', 'written', 'dropped', 'rejected', 'unwritten'] as const).map((name) => own(name, events)),
    metric('lag', ['AWS/Lambda', 'IteratorAge'], ['FunctionName', events], 'Maximum'),
    ...(rollups === undefined ? [] : [own('changes', rollups)]),
  ];
};

/** Dollars an hour, where they are read each minute. */
export const priceOf = (metrics: readonly Metric[]): number => metrics.length * 60 * DOLLARS_PER_METRIC;

/**
 * Answers that one read takes at most. All values fit one, but CloudWatch may give a part of them first, and each answer costs.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDataResult.html
 */
const ANSWERS = 5;

/**
 * The figures of the last hour, and events a second by minute.
 *
 * @param now milliseconds since 1970
 * @throws {UserError} where CloudWatch does not give all of them
 */
export const readMetrics = async (
  client: Pick<CloudWatchClient, 'send'>,
  metrics: readonly Metric[],
  now: number,
  abortSignal: AbortSignal,
): Promise<{ figures: Figures; rate: Rate }> => {
  const end = Math.floor(now / 1_000 / PERIOD_S) * PERIOD_S * 1_000;
  const start = end - HOUR_MS;
  const byFigure = await readValues(client, metrics, { start, end }, abortSignal);
  const figures: Figures = {};
  for (const { figure, stat } of metrics) {
    const values = [...byFigure.get(figure)!.values()];
    const last = values.at(-1);
    if (stat === 'Sum') figures[figure] = Math.round(values.reduce((sum, value) => sum + value, 0));
    else if (last !== undefined) figures[figure] = last;
  }
  const times = Array.from({ length: HOUR_MS / 1_000 / PERIOD_S }, (_, index) => start / 1_000 + index * PERIOD_S);
  const of = (figure: keyof Figures) => times.map((time) => (byFigure.get(figure)?.get(time) ?? 0) / PERIOD_S);
  return { figures, rate: { times, stored: of('written'), rejected: of('rejected') } };
};

/** The values of each metric by their times, which are seconds since 1970. */
const readValues = async (
  client: Pick<CloudWatchClient, 'send'>,
  metrics: readonly Metric[],
  { start, end }: { start: number; end: number },
  abortSignal: AbortSignal,
): Promise<ReadonlyMap<string, ReadonlyMap<number, number>>> => {
  const queries = metrics.map(
    ({ figure, namespace, name, dimension: [Name, Value], stat }): MetricDataQuery => ({
      Id: figure,
      MetricStat: {
        Metric: { Namespace: namespace, MetricName: name, Dimensions: [{ Name, Value }] },
        Period: PERIOD_S,
        Stat: stat,
      },
    }),
  );
  const byFigure = new Map(metrics.map(({ figure }) => [figure as string, new Map<number, number>()]));
  const incomplete = new Set<string>();
  let next: string | undefined;
  for (let answers = 0; answers < ANSWERS && (answers === 0 || next !== undefined); answers += 1) {
    const command = new GetMetricDataCommand({
      MetricDataQueries: queries,
      StartTime: new Date(start),
      EndTime: new Date(end),
      ScanBy: 'TimestampAscending',
      ...defined({ NextToken: next }),
    });
    const { MetricDataResults = [], NextToken } = await client.send(command, { abortSignal });
    for (const { Id = '', StatusCode = 'Complete', Timestamps = [], Values = [] } of MetricDataResults) {
      for (const [place, time] of Timestamps.entries())
        byFigure.get(Id)?.set(time.getTime() / 1_000, Values[place] ?? 0);
      if (StatusCode === 'Complete') incomplete.delete(Id);
      else incomplete.add(Id);
    }
    next = NextToken;
  }
  if (next !== undefined || incomplete.size > 0)
    throw new UserError('CloudWatch gave only a part of the metrics; they are read again in a minute');
  return byFigure;
};
