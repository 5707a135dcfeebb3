import type { KinesisStreamRecord } from 'aws-lambda';
import type { Clock } from '../../core/clock.ts';
import { defined } from '../../core/defined.ts';
import type { EventData } from '../../core/event-data.ts';
import type { Reason } from '../../core/invalid-event.ts';
import type { Processor } from '../../core/processor.ts';
import { type BatchEvent, settle, tally, type Version } from './batch-event.ts';
import { decodeBatch } from './decode-batch.ts';
import type { RejectedRecord } from './rejected-events-table.ts';
import type { PutResult, PutRows } from './table.ts';
import type { TimeBudget } from './time-budget.ts';

export interface BatchOptions {
  processor: Processor;
  /** Where the processor asks for the newest row of a key, it leaves a newer one in the table as it is. */
  putEvents: PutRows<EventData>;
  putRejected: PutRows<RejectedRecord>;
  /** For dates: milliseconds since 1970. */
  calendar: Pick<Clock, 'now'>;
  budget: Omit<TimeBudget, 'end'>;
}

export interface Processed {
  /** Records to be delivered again, in the order of the stream. A record is unwritten where one of its events is. */
  unwritten: KinesisStreamRecord[];
  /** Every event of the batch is in exactly one of the last six. */
  counts: {
    /** Records of the stream, each of which holds one event or several. */
    records: number;
    /** A record that was not decoded in time counts as one event. */
    events: number;
    /** Rows beyond one for each event that has rows. */
    derived: number;
    /** Events stored in EventData. */
    written: number;
    /** Events whose row a later event of the same batch replaced. */
    superseded: number;
    /** Events of which the table holds a newer row. */
    stale: number;
    /** Events that the processor dropped, and messages of an envelope's own. */
    dropped: number;
    /** Events stored in RejectedEvents. */
    rejected: number;
    /** Events stored nowhere yet. */
    unwritten: number;
  };
  reasons: Partial<Record<Reason, number>>;
  /** Requests made again, of both tables. */
  retries: number;
  /** Items that DynamoDB left unprocessed, of both tables. An item counts each time that it is left. */
  unprocessed: number;
  /** For each row written, how long after the event's own time it was in the table. 0 where that time is yet to come. */
  eventToTableMilliseconds: number[];
  /** Why events are unwritten. */
  errors: string[];
}

/**
 * Stores a batch: unpacks its records, maps their events to rows, has the processor decide about them, writes the rows into EventData,
 * and sets aside in RejectedEvents what can never be a row. It always ends within the budget, and accounts for every event.
 */
export const processBatch = async (
  records: readonly KinesisStreamRecord[],
  { processor, putEvents, putRejected, calendar, budget }: BatchOptions,
): Promise<Processed> => {
  const { events, rows, derived, error: decodingError } = decodeBatch(records, processor, budget.decoding);
  const results: PutResult<unknown>[] = [];
  const eventToTableMilliseconds: number[] = [];
  await writeRows(rows, async (round) => {
    const result = await putEvents(round, budget.rows);
    results.push(result);
    const time = calendar.now();
    const left = new Set([...result.unwritten, ...result.stale, ...result.refused.map(({ row }) => row)]);
    for (const row of round)
      if (!left.has(row)) eventToTableMilliseconds.push(Math.max(0, time - Date.parse(row.Timestamp)));
    return result;
  });
  await setAside(events, new Date(calendar.now()), async (rejected) => {
    const result = await putRejected(rejected, budget.rejections);
    const error = result.error ?? result.refused[0]?.detail;
    results.push({ ...result, ...defined({ error }) });
    return result;
  });
  const { counts, reasons } = tally(events);
  const unwritten = new Set(
    events.flatMap(({ origin, outcome }) => (outcome?.kind === 'unwritten' ? [origin.record] : [])),
  );
  return {
    unwritten: [...unwritten],
    counts: { records: records.length, events: events.length, derived, ...counts },
    reasons,
    retries: sumOf(results, 'retries'),
    unprocessed: sumOf(results, 'unprocessed'),
    eventToTableMilliseconds,
    errors:
      counts.unwritten > 0
        ? [...new Set([decodingError, ...results.map(({ error }) => error)])].filter((error) => error !== undefined)
        : [],
  };
};

/**
 * Writes the last version of each row, since BatchWriteItem refuses a request that names a key twice. Usually that is one round.
 * Where the table refuses a version, the one before it is the last that it can hold.
 */
const writeRows = async (
  rows: readonly Version[][],
  put: (rows: readonly EventData[]) => Promise<PutResult<EventData>>,
): Promise<void> => {
  for (let round = rows; round.length > 0; ) {
    const versionsOf = new Map(round.map((versions) => [versions.at(-1)!.row, versions]));
    const { unwritten, stale, refused } = await put([...versionsOf.keys()]);
    const take = (row: EventData): Version[] => {
      const versions = versionsOf.get(row)!;
      versionsOf.delete(row);
      return versions;
    };
    // All versions, for the last may yet be refused.
    for (const row of unwritten) settleAll(take(row), 'unwritten');
    for (const row of stale) settleAll(take(row), 'stale');
    const before = refused.map(({ row, detail }) => {
      const versions = take(row);
      settle(versions.pop()!.event, { kind: 'rejected', rejection: { reason: 'TableRefused', detail } });
      return versions;
    });
    for (const versions of versionsOf.values()) {
      settle(versions.pop()!.event, { kind: 'written' });
      settleAll(versions, 'superseded');
    }
    round = before.filter((versions) => versions.length > 0);
  }
};

const settleAll = (versions: readonly Version[], kind: 'unwritten' | 'stale' | 'superseded'): void => {
  for (const { event } of versions) settle(event, { kind });
};

/** Writes rejected events. What RejectedEvents does not take stays on the stream: it has no other place to go. */
const setAside = async (
  events: readonly BatchEvent[],
  at: Date,
  put: (rows: readonly RejectedRecord[]) => Promise<PutResult<RejectedRecord>>,
): Promise<void> => {
  const eventOf = new Map<RejectedRecord, BatchEvent>();
  const rejectedAt = at.toISOString();
  for (const event of events)
    if (event.outcome?.kind === 'rejected')
      eventOf.set({ ...event.origin, rejection: event.outcome.rejection, rejectedAt }, event);
  if (eventOf.size === 0) return;
  const { unwritten, refused } = await put([...eventOf.keys()]);
  for (const row of [...unwritten, ...refused.map((refusal) => refusal.row)])
    settle(eventOf.get(row)!, { kind: 'unwritten' });
};

const sumOf = (results: readonly PutResult<unknown>[], name: 'retries' | 'unprocessed'): number =>
  results.reduce((sum, result) => sum + result[name], 0);
