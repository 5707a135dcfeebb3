import type { KinesisStreamBatchResponse, KinesisStreamRecord } from 'aws-lambda';
import { type EventData, keyOf } from '../../core/event-data.ts';
import { decodeRecord, type Rejection } from './decode-record.ts';
import type { RejectedRecord } from './rejected-events-table.ts';
import type { PutRows } from './table.ts';

export interface Processor {
  putEvents: PutRows<EventData>;
  putRejected: PutRows<RejectedRecord>;
  now: () => Date;
}

export interface Processed {
  response: KinesisStreamBatchResponse;
  /** Every record of the batch is in exactly one of the last four. */
  counts: {
    records: number;
    /** Rows stored in EventData. */
    written: number;
    /** Events whose row a later event of the same batch replaced. */
    superseded: number;
    /** Records stored in RejectedEvents. */
    rejected: number;
    /** Records stored nowhere yet. */
    unwritten: number;
  };
  reasons: Partial<Record<Rejection['reason'], number>>;
  retries: number;
  /** Why records are unwritten. */
  errors: string[];
}

/**
 * Stores a batch: events in EventData, what is none in RejectedEvents. Answers with the first unwritten record alone,
 * since Lambda delivers everything from it on again.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-batchfailurereporting.html
 *
 * @param signal aborted when the time for writing is over
 */
export const processBatch = async (
  records: readonly KinesisStreamRecord[],
  { putEvents, putRejected, now }: Processor,
  signal: AbortSignal,
): Promise<Processed> => {
  const rejections = new Map<KinesisStreamRecord, Rejection>();
  const unwritten = new Set<KinesisStreamRecord>();
  const errors = new Set<string>();
  let retries = 0;
  let written = 0;

  const rows = rowsOf(records, rejections);
  // Usually one round. Where the table refuses the last event of a row, the one before it is the last it can hold.
  for (let round = rows; round.length > 0; ) {
    const rowOf = new Map(round.map((row) => [row.at(-1)!.event, row]));
    const result = await putEvents([...rowOf.keys()], signal);
    written += rowOf.size - result.unwritten.length - result.refused.length;
    retries += result.retries;
    if (result.error !== undefined) errors.add(result.error);
    // All of the row, for the last one may yet turn out to be refused.
    for (const event of result.unwritten) for (const { record } of rowOf.get(event)!) unwritten.add(record);
    round = result.refused.flatMap(({ row: event, detail }) => {
      const row = rowOf.get(event)!;
      rejections.set(row.at(-1)!.record, { reason: 'TableRefused', detail });
      return row.length > 1 ? [row.slice(0, -1)] : [];
    });
  }

  if (rejections.size > 0) {
    const rejectedAt = now().toISOString();
    const rejected = [...rejections].map(([record, rejection]) => ({ record, rejection, rejectedAt }));
    const result = await putRejected(rejected, signal);
    retries += result.retries;
    if (result.error !== undefined) errors.add(result.error);
    for (const { detail } of result.refused) errors.add(detail);
    // What even RejectedEvents refuses has no other place to go: it stays on the stream rather than be lost.
    for (const { record } of [...result.unwritten, ...result.refused.map(({ row }) => row)]) {
      unwritten.add(record);
      rejections.delete(record);
    }
  }

  const first = records.find((record) => unwritten.has(record));
  const counts = { records: records.length, written, rejected: rejections.size, unwritten: unwritten.size };
  return {
    response: { batchItemFailures: first ? [{ itemIdentifier: first.kinesis.sequenceNumber }] : [] },
    counts: { ...counts, superseded: records.length - written - rejections.size - unwritten.size },
    reasons: countReasons(rejections.values()),
    retries,
    errors: unwritten.size > 0 ? [...errors] : [],
  };
};

interface Candidate {
  record: KinesisStreamRecord;
  event: EventData;
}

/** The events of each row in the order of the stream, of which only the last counts. Notes what is no event. */
const rowsOf = (
  records: readonly KinesisStreamRecord[],
  rejections: Map<KinesisStreamRecord, Rejection>,
): Candidate[][] => {
  const rows = new Map<string, Candidate[]>();
  for (const record of records) {
    const decoded = decodeRecord(record);
    if ('rejection' in decoded) {
      rejections.set(record, decoded.rejection);
      continue;
    }
    const key = keyOf(decoded.event);
    const row = rows.get(key);
    if (row) row.push({ record, event: decoded.event });
    else rows.set(key, [{ record, event: decoded.event }]);
  }
  return [...rows.values()];
};

const countReasons = (rejections: Iterable<Rejection>): Processed['reasons'] => {
  const reasons: Processed['reasons'] = {};
  for (const { reason } of rejections) reasons[reason] = (reasons[reason] ?? 0) + 1;
  return reasons;
};
