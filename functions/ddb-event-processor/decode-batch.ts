import type { KinesisStreamRecord } from 'aws-lambda';
import { defined } from '../../core/defined.ts';
import { keyOf } from '../../core/event-data.ts';
import type { Processor } from '../../core/processor.ts';
import type { Deadline } from '../deadline.ts';
import { type BatchEvent, settle, type Version } from './batch-event.ts';
import { decodeRecord } from './decode-record.ts';

/** Events that are in memory at once. Of a batch that holds more, the records after them are delivered again. */
const MOST_EVENTS = 100_000;

/**
 * Unpacks, maps and processes.
 *
 * @returns all events in the order of the stream; for each row its versions, of which the last is the one to keep; how many rows there
 *   are beyond one for each event; and why records were not decoded
 */
export const decodeBatch = (
  records: readonly KinesisStreamRecord[],
  processor: Processor,
  deadline: Deadline,
): { events: BatchEvent[]; rows: Version[][]; derived: number; error?: string } => {
  const events: BatchEvent[] = [];
  const rows = new Map<string, Version[]>();
  let derived = 0;
  let error: string | undefined;
  for (const record of records) {
    if (events.length >= MOST_EVENTS) error ??= `the batch holds more than ${MOST_EVENTS} events`;
    const decoded = error === undefined ? beforeDeadline(decodeRecord(record, processor), deadline) : undefined;
    if (!decoded) {
      error ??= 'the time for decoding is over';
      events.push({ origin: { record }, outcome: { kind: 'unwritten' } });
    }
    for (const result of decoded ?? []) {
      const event: BatchEvent = { origin: result.origin };
      events.push(event);
      if ('rejection' in result) settle(event, { kind: 'rejected', rejection: result.rejection });
      else if (result.rows.length === 0) settle(event, { kind: 'dropped' });
      else {
        derived += result.rows.length - 1;
        for (const row of result.rows) {
          const key = keyOf(row);
          const versions = rows.get(key);
          if (versions) versions.push({ event, row });
          else rows.set(key, [{ event, row }]);
        }
      }
    }
  }
  if (processor.newest) for (const versions of rows.values()) versions.sort(byTime);
  return { events, rows: [...rows.values()], derived, ...defined({ error }) };
};

/** ISO 8601 in UTC sorts as text. Of two at the same time the one that arrived last stays behind the other. */
const byTime = (a: Version, b: Version): number =>
  a.row.Timestamp < b.row.Timestamp ? -1 : a.row.Timestamp > b.row.Timestamp ? 1 : 0;

/** All of them, or nothing where the time is over before the last. */
const beforeDeadline = <T>(items: Iterable<T>, { isOver }: Deadline): T[] | undefined => {
  if (isOver()) return undefined;
  const all: T[] = [];
  for (const item of items) {
    if (isOver()) return undefined;
    all.push(item);
  }
  return all;
};
