import type { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Clocks } from '../../cli/command.ts';
import { defined } from '../../core/defined.ts';
import type { Rollup } from '../../core/processor.ts';
import { Paced } from '../../local/watch/paced.ts';
import { rollupCharts } from '../../local/watch/rollup-charts.ts';
import { RollupGrowth } from '../../local/watch/rollup-growth.ts';
import { rejectedOf, rowFinder } from '../../local/watch/table-rows.ts';
import type { Watched } from '../../local/watch/watched.ts';
import { explainStore } from '../explain-store.ts';
import type { WatchOutputs } from '../outputs.ts';
import { viewOfWindows } from '../rollups/read-parts.ts';
import { windowsOf } from '../rollups/windows.ts';
import { metricsOf, priceOf, readMetrics } from './metrics.ts';
import { newestRows } from './newest-rows.ts';

export interface StackWatchedOptions {
  outputs: WatchOutputs;
  rollups: readonly Rollup[];
  dynamoDb: DynamoDBClient;
  cloudWatch: Pick<CloudWatchClient, 'send'>;
  clocks: Clocks;
}

/** CloudWatch has a value a minute, and each read costs. */
const EVERY_MS = 60_000;

/** What the page needs to be allowed, and on which table of the template. The policies QueryPolicy and WatchPolicy allow all of it. */
export const PERMISSIONS = {
  metrics: ['cloudwatch:GetMetricData'],
  EventDataTable: ['dynamodb:DescribeTable', 'dynamodb:Query', 'dynamodb:Scan'],
  RejectedEventsTable: ['dynamodb:Scan'],
  RollupsTable: ['dynamodb:Query'],
} as const;

/** Pages of RejectedEvents that are read each time, of 1 MB. */
const REJECTED_PAGES = 1;

/**
 * A deployed stack, with read access only. Its figures are those of its metrics in the last hour. Everything is read once a minute while
 * a page is open. What the credentials may not read is named on the page, and the rest is shown.
 */
export const stackWatched = ({
  outputs,
  rollups,
  dynamoDb,
  cloudWatch,
  clocks: { clock, calendar },
}: StackWatchedOptions): Watched => {
  const { name, region, eventDataTable, rejectedEventsTable, rollupsTable } = outputs;
  const metrics = metricsOf(outputs);
  const paced = <Value>(name: string, needs: keyof typeof PERMISSIONS, find: (signal: AbortSignal) => Promise<Value>) =>
    new Paced({
      find,
      pauseAfter: () => EVERY_MS,
      clock,
      explain: (error) =>
        `${explainStore(error, { name, permissions: PERMISSIONS[needs].join(', '), where: region })}.`,
    });
  const figures = paced('the metrics', 'metrics', (signal) => readMetrics(cloudWatch, metrics, calendar.now(), signal));
  const newest = paced(`the table "${eventDataTable}"`, 'EventDataTable', newestRows(dynamoDb, eventDataTable));
  const rejected = paced(`the table "${rejectedEventsTable}"`, 'RejectedEventsTable', (signal) =>
    rejectedOf({ client: dynamoDb, table: rejectedEventsTable, signal }, REJECTED_PAGES),
  );
  const growth = new RollupGrowth();
  const charts = paced(`the table "${rollupsTable}"`, 'RollupsTable', async () => {
    if (rollupsTable === undefined) return [];
    const now = calendar.now();
    const windows = new Map(rollups.map((rollup) => [rollup, windowsOf(rollup, now)]));
    const view = await viewOfWindows(dynamoDb, rollupsTable, windows, { now });
    return growth.seen(rollupCharts(rollups, view, now), calendar.now());
  });
  const dollars = priceOf(metrics).toFixed(3);

  return {
    about: {
      name,
      where: region,
      cost:
        `While a page is open, ${metrics.length} metrics of CloudWatch are read each minute, about $${dollars} an hour, ` +
        'and some rows of the tables, which usually cost less. Further open pages add nothing.',
    },
    look: async (signal) => {
      const [read, rows] = [figures.latest(signal), newest.latest(signal)];
      const [bad, bars] = [rejected.latest(signal), charts.latest(signal)];
      return defined({
        flow: {
          at: calendar.now(),
          period: 'the last hour',
          figures: {
            ...read?.figures,
            ...defined({ groups: bars?.reduce((sum, { groups }) => sum + groups, 0) }),
          },
          rate: read?.rate ?? { times: [], stored: [], rejected: [] },
          problems: [figures, newest, rejected, charts].flatMap(({ problem }) =>
            problem === undefined ? [] : [problem],
          ),
        },
        rollups: bars,
        newest: rows,
        rejected: bad && { events: bad.events, reasons: bad.reasons, note: bad.note },
      });
    },
    ...rowFinder({ client: dynamoDb, table: eventDataTable }, rollups),
  };
};
