import type { KinesisStreamBatchResponse, KinesisStreamRecord } from 'aws-lambda';
import { type EventData, keyOf } from '../../core/event-data.ts';
import { decodeRecord, type Origin, type Rejection } from './decode-record.ts';
import type { RejectedRecord } from './rejected-events-table.ts';
import type { PutRows } from './table.ts';

export interface Processor {
  putEvents: PutRows<EventData>;
  putRejected: PutRows<RejectedRecord>;
  now: () => Date;
}

export interface Processed {
  response: KinesisStreamBatchResponse;
  /** Every event of the batch is in exactly one of the last four. */
  counts: {
    /** Records of the stream, each of which holds one event or several. */
    records: number;
    events: number;
    /** Rows stored in EventData. */
    written: number;
    /** Events whose row a later event of the same batch replaced. */
    superseded: number;
    /** Events stored in RejectedEvents. */
    rejected: number;
    /** Events stored nowhere yet. */
    unwritten: number;
  };
  reasons: Partial<Record<Rejection['reason'], number>>;
  /** Requests made again, of both tables. */
  retries: number;
  /** Items that DynamoDB left unprocessed, of both tables, counted whenever it did. */
  unprocessed: number;
  /** For each row written, how long after the event's own time it was in the table. 0 where that time is yet to come. */
  eventToTableMilliseconds: number[];
  /** Why events are unwritten. */
  errors: string[];
}

/**
 * Stores a batch: events in EventData, what is none in RejectedEvents. Answers with the first unwritten record alone,
 * since Lambda delivers everything from it on again. A record is unwritten where one of its events is.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-batchfailurereporting.html
 *
 * @param signal aborted when the time for writing is over
 */
export const processBatch = async (
  records: readonly KinesisStreamRecord[],
  { putEvents, putRejected, now }: Processor,
  signal: AbortSignal,
): Promise<Processed> => {
  const rejections = new Map<Origin, Rejection>();
  const unwritten = new Set<Origin>();
  const errors = new Set<string>();
  const eventToTableMilliseconds: number[] = [];
  let retries = 0;
  let unprocessed = 0;

  const { rows, events } = rowsOf(records, rejections);
  // Usually one round. Where the table refuses the last event of a row, the one before it is the last it can hold.
  for (let round = rows; round.length > 0; ) {
    const rowOf = new Map(round.map((row) => [row.at(-1)!.event, row]));
    const result = await putEvents([...rowOf.keys()], signal);
    const left = new Set([...result.unwritten, ...result.refused.map(({ row }) => row)]);
    const time = now().getTime();
    for (const event of rowOf.keys())
      if (!left.has(event)) eventToTableMilliseconds.push(Math.max(0, time - Date.parse(event.Timestamp)));
    retries += result.retries;
    unprocessed += result.unprocessed;
    if (result.error !== undefined) errors.add(result.error);
    // All of the row, for the last one may yet turn out to be refused.
    for (const event of result.unwritten) for (const { origin } of rowOf.get(event)!) unwritten.add(origin);
    round = result.refused.flatMap(({ row: event, detail }) => {
      const row = rowOf.get(event)!;
      rejections.set(row.at(-1)!.origin, { reason: 'TableRefused', detail });
      return row.length > 1 ? [row.slice(0, -1)] : [];
    });
  }

  if (rejections.size > 0) {
    const rejectedAt = now().toISOString();
    const originOf = new Map(
      [...rejections].map(([origin, rejection]) => [{ ...origin, rejection, rejectedAt }, origin]),
    );
    const result = await putRejected([...originOf.keys()], signal);
    retries += result.retries;
    unprocessed += result.unprocessed;
    if (result.error !== undefined) errors.add(result.error);
    for (const { detail } of result.refused) errors.add(detail);
    // What even RejectedEvents refuses has no other place to go: it stays on the stream rather than be lost.
    for (const row of [...result.unwritten, ...result.refused.map((refusal) => refusal.row)]) {
      const origin = originOf.get(row)!;
      unwritten.add(origin);
      rejections.delete(origin);
    }
  }

  const unwrittenRecords = new Set([...unwritten].map(({ record }) => record));
  const first = records.find((record) => unwrittenRecords.has(record));
  const written = eventToTableMilliseconds.length;
  const counts = { records: records.length, events, written, rejected: rejections.size, unwritten: unwritten.size };
  return {
    response: { batchItemFailures: first ? [{ itemIdentifier: first.kinesis.sequenceNumber }] : [] },
    counts: { ...counts, superseded: events - written - rejections.size - unwritten.size },
    reasons: countReasons(rejections.values()),
    retries,
    unprocessed,
    eventToTableMilliseconds,
    errors: unwritten.size > 0 ? [...errors] : [],
  };
};

interface Candidate {
  origin: Origin;
  event: EventData;
}

/** The events of each row in the order of the stream, of which only the last counts. Notes what is no event. */
const rowsOf = (
  records: readonly KinesisStreamRecord[],
  rejections: Map<Origin, Rejection>,
): { rows: Candidate[][]; events: number } => {
  const rows = new Map<string, Candidate[]>();
  let events = 0;
  for (const decoded of records.flatMap(decodeRecord)) {
    events += 1;
    if ('rejection' in decoded) {
      rejections.set(decoded.origin, decoded.rejection);
      continue;
    }
    const key = keyOf(decoded.event);
    const row = rows.get(key);
    if (row) row.push(decoded);
    else rows.set(key, [decoded]);
  }
  return { rows: [...rows.values()], events };
};

const countReasons = (rejections: Iterable<Rejection>): Processed['reasons'] => {
  const reasons: Processed['reasons'] = {};
  for (const { reason } of rejections) reasons[reason] = (reasons[reason] ?? 0) + 1;
  return reasons;
};
