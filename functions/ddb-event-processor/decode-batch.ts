import type { KinesisStreamRecord } from 'aws-lambda';
import { appendTo } from '../../core/append-to.ts';
import { defined } from '../../core/defined.ts';
import { type EventData, keyOf } from '../../core/event-data.ts';
import type { Rejection } from '../../core/invalid-event.ts';
import { MB } from '../../core/limits.ts';
import type { Processor } from '../../core/processor.ts';
import type { Deadline } from '../deadline.ts';
import { type BatchEvent, settle, type Version } from './batch-event.ts';
import { type Decoded, decodeRecord } from './decode-record.ts';

/**
 * What is in memory at once: the rows of all events, where one without a row counts as one, and the bytes of the events outside of
 * their envelopes. Of a batch that holds more, the records after that are delivered again. Both fit into the 512 MB that MemorySize
 * is by default.
 */
const MOST = { rows: 100_000, bytes: 16 * MB };

/**
 * Rows that the events of one record may make. Lambda delivers a record again whole until one call has written all of them, and one
 * partition takes 1,000 of them a second.
 */
const ROWS_OF_A_RECORD = 20_000;

/**
 * Unpacks, maps and processes.
 *
 * @returns all events in the order of the stream; for each row its versions, the one to keep last; how many rows there are beyond one
 *   for each event; and why records were not decoded
 */
export const decodeBatch = (
  records: readonly KinesisStreamRecord[],
  processor: Processor,
  deadline: Deadline,
): { events: BatchEvent[]; rows: Version[][]; derived: number; error?: string } => {
  const held = new Held();
  let error: string | undefined;
  for (const record of records) {
    if (held.isFull) error ??= `the batch holds more than ${MOST.rows} rows or ${MOST.bytes / MB} MiB of events`;
    const decoded = error === undefined ? eventsOf(record, processor, deadline) : undefined;
    if (decoded) for (const one of decoded) held.add(one);
    else {
      error ??= 'the time for decoding is over';
      held.events.push({ origin: { record }, outcome: { kind: 'unwritten' } });
    }
  }
  const rows = [...held.versions.values()];
  if (processor.newest) for (const versions of rows) versions.sort(byTime);
  return { events: held.events, rows, derived: held.derived, ...defined({ error }) };
};

/** What is in memory of a batch. */
class Held {
  readonly events: BatchEvent[] = [];
  /** Of each row, by its key. */
  readonly versions = new Map<string, Version[]>();
  /** Rows beyond one for each event. */
  derived = 0;
  #bytes = 0;

  get isFull(): boolean {
    return this.events.length + this.derived >= MOST.rows || this.#bytes >= MOST.bytes;
  }

  add(decoded: Decoded): void {
    const event: BatchEvent = { origin: decoded.origin };
    this.events.push(event);
    this.#bytes += decoded.bytes;
    if ('rejection' in decoded) settle(event, { kind: 'rejected', rejection: decoded.rejection });
    else if (decoded.rows.length === 0) settle(event, { kind: 'dropped' });
    else this.#addRows(event, decoded.rows);
  }

  #addRows(event: BatchEvent, rows: readonly EventData[]): void {
    this.derived += rows.length - 1;
    for (const row of rows) appendTo(this.versions, keyOf(row), { event, row });
  }
}

/** ISO 8601 in UTC sorts as text. Of two at the same time the one that arrived last stays behind the other. */
const byTime = (a: Version, b: Version): number =>
  a.row.Timestamp < b.row.Timestamp ? -1 : a.row.Timestamp > b.row.Timestamp ? 1 : 0;

/** All events of a record, or the record itself, rejected, where they make too many rows; nothing where the time is over before the last. */
const eventsOf = (
  record: KinesisStreamRecord,
  processor: Processor,
  { isOver }: Deadline,
): readonly Decoded[] | undefined => {
  if (isOver()) return undefined;
  const all: Decoded[] = [];
  let rows = 0;
  for (const decoded of decodeRecord(record, processor)) {
    if (isOver()) return undefined;
    if ('rows' in decoded) rows += decoded.rows.length;
    if (rows > ROWS_OF_A_RECORD) return [{ origin: { record }, bytes: 0, rejection: TOO_MANY_ROWS }];
    all.push(decoded);
  }
  return all;
};

const TOO_MANY_ROWS: Rejection = {
  reason: 'TooManyRows',
  detail: `the events of the record make more than ${ROWS_OF_A_RECORD} rows; expected no more`,
};
