import type { KinesisStreamRecord } from 'aws-lambda';
import { defined } from '../../core/defined.ts';
import { keyOf } from '../../core/event-data.ts';
import { type BatchEvent, settle, type Version } from './batch-event.ts';
import { decodeRecord } from './decode-record.ts';
import type { Deadline } from './time-budget.ts';

/** Events that are in memory at once. Of a batch that holds more, the records after them are delivered again. */
const MOST_EVENTS = 100_000;

/**
 * Unpacks and maps.
 *
 * @returns all events in the order of the stream, for each row its versions in the same order, and why records were not decoded
 */
export const decodeBatch = (
  records: readonly KinesisStreamRecord[],
  deadline: Deadline,
): { events: BatchEvent[]; rows: Version[][]; error?: string } => {
  const events: BatchEvent[] = [];
  const rows = new Map<string, Version[]>();
  let error: string | undefined;
  for (const record of records) {
    if (events.length >= MOST_EVENTS) error ??= `the batch holds more than ${MOST_EVENTS} events`;
    const decoded = error === undefined ? beforeDeadline(decodeRecord(record), deadline) : undefined;
    if (!decoded) {
      error ??= 'the time for decoding is over';
      events.push({ origin: { record }, outcome: { kind: 'unwritten' } });
    }
    for (const { origin, ...result } of decoded ?? []) {
      const event: BatchEvent = { origin };
      events.push(event);
      if ('rejection' in result) settle(event, { kind: 'rejected', rejection: result.rejection });
      else {
        const key = keyOf(result.event);
        const versions = rows.get(key);
        const version = { event, row: result.event };
        if (versions) versions.push(version);
        else rows.set(key, [version]);
      }
    }
  }
  return { events, rows: [...rows.values()], ...defined({ error }) };
};

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
