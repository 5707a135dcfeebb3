import { explain } from '../../aws/explain.ts';
import { count, number, rateOf } from '../../cli/numbers.ts';
import { type Extent, percentAndTimeLeft } from '../../cli/progress.ts';
import type { RecentRate } from '../../cli/recent-rate.ts';
import { defined } from '../../core/defined.ts';
import { explainStore } from '../explain-store.ts';
import type { ReasonCounts } from './dry-run.ts';
import type { Left, PutBack, StoreCounts } from './put-back.ts';
import type { RedriveSettings } from './redrive-settings.ts';
import type { PassedOver } from './select-entries.ts';
import type { SetAsideStore } from './set-aside.ts';
import type { StreamStore } from './stream-store.ts';

/** Lines for a person, and the object that --json prints. */
export interface Report {
  lines: string[];
  /** What went wrong, apart from single entries, which are named as they are met. */
  errors: string[];
  json: object;
}

/** When a run began, and what is known of its end. Times are in milliseconds, from any zero. */
export interface RunSoFar {
  started: number;
  now: number;
  rate: RecentRate;
  /** The records after which it stops. */
  limit?: number;
  /** The store, where it is the stream itself. */
  fromStream?: Pick<StreamStore, 'range' | 'resumeSince'>;
}

/** How far a run is, on one line. A range of the stream says from when on a run would have to go on after a kill. */
export const progressLine = (
  counts: readonly StoreCounts[],
  { started, now, rate, limit, fromStream }: RunSoFar,
): string => {
  const { putBack, removed, left } = sumOf(counts);
  const resume = fromStream?.resumeSince();
  const extent = fromStream ? timeOf(fromStream.range, resume) : limit && { done: putBack, total: limit };
  return [
    `${number(putBack)} put back`,
    `${number(Math.round(rate.perSecond(putBack, now)))}/s`,
    ...(extent ? [percentAndTimeLeft(extent, now - started)] : []),
    ...(fromStream ? [] : [`${number(removed)} removed`]),
    `${number(left)} failed`,
    ...(resume === undefined ? [] : [`all until ${isoOf(resume)}`]),
  ].join(', ');
};

/** How much of a range of time is put back. Nobody knows how many records it holds. */
const timeOf = ({ since, until }: StreamStore['range'], resume = until): Extent => ({
  done: resume - since,
  total: until - since,
});

/**
 * The closing report of a run that put entries back.
 *
 * @param fromStream the store, where it was the stream itself
 */
export const reportPutBack = (
  { counts, left, seconds, error }: PutBack,
  stores: readonly SetAsideStore[],
  passedOver: PassedOver,
  settings: RedriveSettings,
  fromStream?: StreamStore,
): Report => {
  const sum = sumOf(counts);
  const recordsPerSecond = rateOf(sum.putBack, seconds);
  const duration = `${seconds.toFixed(2)} s (${number(Math.round(recordsPerSecond))} records/s)`;
  const rows = counts.map((of, index) => {
    const { name, unit } = stores[index]!;
    return `  ${name}: ${count(of.putBack, 'record')} put back, ${number(of.removed)} ${plural(unit, of.removed)} removed, ${number(of.left)} failed`;
  });
  const errors = left.map((one) => leftFor(one, settings));
  if (error && !left.some(({ error: cause }) => cause.name === error.name)) errors.push(explainStream(error, settings));
  return {
    lines: [
      `Put back ${count(sum.putBack, 'record')} on ${settings.stream} in ${duration}.`,
      ...(fromStream ? [rangeOf(fromStream, settings.limit === sum.putBack)] : rows),
      ...linesOf(passedOver, settings, sum.putBack),
    ],
    errors,
    json: {
      putBack: sum.putBack,
      // Nothing is removed from a stream.
      ...defined({ removed: fromStream ? undefined : sum.removed }),
      left: sum.left,
      passedOver: passedOver.entries,
      seconds: Math.round(seconds * 1000) / 1000,
      recordsPerSecond,
      ...(fromStream && jsonOf(fromStream)),
    },
  };
};

const sumOf = (counts: readonly StoreCounts[]): StoreCounts =>
  counts.reduce(
    (sum, { putBack, removed, left }) => ({
      putBack: sum.putBack + putBack,
      removed: sum.removed + removed,
      left: sum.left + left,
    }),
    { putBack: 0, removed: 0, left: 0 },
  );

/** How much of a range is on the stream again, and how to go on. @param isLimited whether `--limit` ended the run */
const rangeOf = (store: StreamStore, isLimited: boolean): string => {
  const { since, until, shardId } = store.range;
  const resume = store.resumeSince();
  const shard =
    shardId === undefined ? { on: '', option: '' } : { on: ` on ${shardId}`, option: ` --shard ${shardId}` };
  if (resume === undefined)
    return `Every record that arrived${shard.on} from ${isoOf(since)} until ${isoOf(until)} is on the stream again.`;
  // A time is all that the next call goes on from, and a request of 500 records may arrive within a millisecond.
  const larger = isLimited && resume === since ? ', with a larger --limit: more records arrived at that very time' : '';
  return `Not every record of that time is on the stream again. Go on with --since ${isoOf(resume)} --until ${isoOf(until)}${shard.option}${larger}`;
};

const jsonOf = (store: StreamStore) => {
  const resume = store.resumeSince();
  return {
    since: isoOf(store.range.since),
    until: isoOf(store.range.until),
    ...defined({ resumeSince: resume === undefined ? undefined : isoOf(resume) }),
  };
};

/** What a dry run found. */
export const reportDryRun = (
  found: readonly ReasonCounts[],
  left: number,
  passedOver: PassedOver,
  settings: RedriveSettings,
): Report => {
  const entries = found.reduce((total, one) => total + one.entries, 0);
  const records = found.reduce((total, one) => total + one.records, 0);
  const { fromStream } = settings;
  const lines = [`${count(records, 'record')} would be put back on ${settings.stream}. Nothing was changed.`];
  for (const reason of found) lines.push('', ...linesOfReason(reason, fromStream ? 'arrived' : 'set aside'));
  const notes = linesOf(passedOver, settings, records);
  if (notes.length > 0) lines.push('', ...notes);
  const reasons = found.map(({ reason, entries, records, first, last }) => ({
    ...(fromStream ? { shardId: reason } : { reason }),
    entries,
    records,
    first,
    last,
  }));
  return {
    lines,
    errors: [],
    json: {
      dryRun: true,
      records,
      entries,
      left,
      passedOver: passedOver.entries,
      ...(fromStream ? { shards: reasons } : { reasons }),
    },
  };
};

/** The entries of one reason, with a few of them. @param verb what happened at their times */
const linesOfReason = ({ store, reason, entries, records, first, last, samples }: ReasonCounts, verb: string) => {
  const units = `${number(entries)} ${plural(store.unit, entries)}`;
  const size = records === entries ? units : `${units} with ${count(records, 'record')}`;
  const times = first === last ? first : `${first} to ${last}`;
  const lines = [`  ${reason}: ${size} in ${store.name}, ${verb} ${times}`];
  for (const { name, detail, arrivedAt } of samples)
    lines.push(`    ${name}`, `      ${detail}${arrivedAt ? `; arrived ${arrivedAt}` : ''}`);
  if (samples.length > 0 && samples.length < entries) lines.push(`    and ${number(entries - samples.length)} more`);
  return lines;
};

/** `entry`, `entries`; `failed batch`, `failed batches`; `rejected event`, `rejected events`. */
const plural = (unit: string, value: number): string =>
  value === 1 ? unit : unit.replace(/y$/, 'ie').replace(/h$/, 'he').concat('s');

const linesOf = (
  { entries, tooNew, reasons, limit }: PassedOver,
  { selection, limit: most }: RedriveSettings,
  records: number,
): string[] => {
  const lines: string[] = [];
  if (entries > tooNew) {
    const named = reasons.size > 0 ? `, such as ${[...reasons].slice(0, 5).join(', ')}` : '';
    lines.push(
      `Passed over ${number(entries - tooNew)} ${plural('entry', entries - tooNew)} that the options leave out${named}.`,
    );
  }
  if (tooNew > 0)
    lines.push(
      `Passed over ${number(tooNew)} ${plural('entry', tooNew)} set aside since ${isoOf(selection.before)}, when this run began.`,
    );
  if (most === records) lines.push(`Stopped at --limit ${most}. What comes after that was not looked at.`);
  if (limit)
    lines.push(
      `Stopped before ${limit.entry.name}: it holds ${count(limit.entry.size, 'record')}, and --limit leaves room for ` +
        `${number(limit.room)}. A failed batch is put back whole or not at all.`,
    );
  return lines;
};

const isoOf = (time: number): string => new Date(time).toISOString();

const leftFor = ({ store, kind, error, entries }: Left, settings: RedriveSettings): string => {
  const units = `${number(entries)} ${plural(store.unit, entries)} of ${store.name}`;
  return kind === 'unsent'
    ? `${units} not put back, and left: ${explainStream(error, settings)}`
    : `${units} put back but not removed, so the next run puts them back again: ${explainStore(error, store)}`;
};

/** What happened where events are put on the stream, and what to do. */
const explainStream = (error: Error, { stream, region, endpoints }: RedriveSettings): string => {
  const where = endpoints.kinesis ?? region;
  const store = { name: `the stream "${stream}"`, permissions: 'kinesis:PutRecords', where };
  const isOfOperator = /^(AccessDenied|ExpiredToken|CredentialsProvider|ResourceNotFound)/.test(error.name);
  return isOfOperator ? explainStore(error, store) : explain(error, { stream, region, endpoint: endpoints.kinesis });
};
