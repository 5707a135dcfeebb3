import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { PutRecords } from '../../aws/kinesis.ts';
import type { Clocks } from '../../cli/command.ts';
import { defined } from '../../core/defined.ts';
import { describeError } from '../../core/describe-error.ts';
import type { Rollup } from '../../core/processor.ts';
import { viewOfParts } from '../rollup-views.ts';
import type { StackNames } from '../stack.ts';
import type { EventCounts } from './event-counts.ts';
import { Paced } from './paced.ts';
import { putBackRejected } from './put-back.ts';
import { rollupCharts } from './rollup-charts.ts';
import { RollupGrowth } from './rollup-growth.ts';
import { censusOf, rejectedOf, rowFinder } from './table-rows.ts';
import type { Figures, Watched } from './watched.ts';

export interface LocalWatchedOptions {
  names: Pick<StackNames, 'eventDataTable' | 'rejectedEventsTable' | 'rollupsTable'>;
  dynamoDb: DynamoDBClient;
  rollups: readonly Rollup[];
  /** What the functions have said, where they run in this process. */
  counts?: EventCounts;
  /** What else this process knows, whenever it is asked. */
  figures?: () => Figures;
  /** Puts events on the stream again. Without it the page only reads. */
  putRecords?: PutRecords;
  /** A sentence about a table that cannot be read. @default what the error says */
  explain?: (error: Error, table: string) => string;
  clocks: Clocks;
}

/** Reading whole tables takes at most this share of the time, so that the pipeline goes on as fast as before. */
const SHARE = 0.1;
const SOONEST_MS = 1_000;
const pauseAfter = (ms: number): number => Math.max(SOONEST_MS, ms / SHARE - ms);

/**
 * A stack on this machine. Its figures are those of its tables, which are read whole: while a page is open, after something has changed,
 * and for a small share of the time.
 */
export const localWatched = ({
  names: { eventDataTable, rejectedEventsTable, rollupsTable },
  dynamoDb: client,
  rollups,
  counts,
  figures = () => ({}),
  putRecords,
  explain = describeError,
  clocks: { clock, calendar },
}: LocalWatchedOptions): Watched => {
  const started = calendar.now();
  const change = counts && { version: () => counts.lines };
  const paced = <Value>(table: string, find: (signal: AbortSignal) => Promise<Value>) =>
    new Paced({ find, pauseAfter, clock, explain: (error) => explain(error, table), ...change });
  const events = { client, table: eventDataTable };
  const census = paced(eventDataTable, (signal) => censusOf({ ...events, signal }));
  const rejected = paced(rejectedEventsTable, (signal) => rejectedOf({ client, table: rejectedEventsTable, signal }));
  const growth = new RollupGrowth();
  const charts = paced(rollupsTable ?? '', async (signal) => {
    if (rollupsTable === undefined) return [];
    const view = await viewOfParts({ client, table: rollupsTable, rollups, signal });
    const now = calendar.now();
    return growth.seen(rollupCharts(rollups, view, now), now);
  });
  /** Under way, by their Ids: of two that press the button at once the second waits for the first. */
  const puttingBack = new Map<string, Promise<void>>();
  const period = counts ? `since ${new Date(started).toISOString().slice(11, 16)} UTC` : 'in the tables now';

  return {
    about: { name: eventDataTable.replace(/-EventData$/, ''), where: 'on this machine' },
    look: async (signal) => {
      const [rows, bad, bars] = [census.latest(signal), rejected.latest(signal), charts.latest(signal)];
      const problems = [census, rejected, charts].flatMap(({ problem }) => (problem === undefined ? [] : [problem]));
      return defined({
        flow: {
          at: calendar.now(),
          period,
          figures: {
            ...counts?.figures(),
            ...figures(),
            ...defined({
              rows: rows?.count,
              rejectedRows: bad?.count,
              groups: bars?.reduce((sum, { groups }) => sum + groups, 0),
            }),
          },
          rate: counts?.rate() ?? { times: [], stored: [], rejected: [] },
          problems: [...new Set(problems)],
        },
        rollups: bars,
        newest: rows?.newest,
        rejected: bad && { events: bad.events, reasons: bad.reasons, note: bad.note },
      });
    },
    ...rowFinder(events, rollups),
    ...(putRecords && {
      putBack: async (id: string, signal: AbortSignal) => {
        const place = { dynamoDb: client, table: rejectedEventsTable, putRecords };
        // Put twice it would be rejected twice, as two rows.
        const underWay =
          puttingBack.get(id) ?? putBackRejected(place, id, signal).finally(() => puttingBack.delete(id));
        puttingBack.set(id, underWay);
        await underWay;
        rejected.expire();
      },
    }),
  };
};
