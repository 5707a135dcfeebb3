import { isDeepStrictEqual } from 'node:util';
import { type EventData, keyOf } from '../../core/event-data.ts';
import type { Processor } from '../../core/processor.ts';
import type { SentEvent } from './events.ts';
import { expectedFor } from './processor-events.ts';

/** Where the numbers of the events were found after a soak. */
export interface Found {
  /** The rows of EventData by their keys. */
  rows: ReadonlyMap<string, EventData>;
  rejected: ReadonlySet<number>;
  /** In failed batches. */
  kept: ReadonlySet<number>;
  /** In the client's spool file. */
  spooled: ReadonlySet<number>;
}

export interface Verdict {
  events: number;
  /** Each event is in exactly one of these. */
  inTable: number;
  /** By the processor. */
  dropped: number;
  rejected: number;
  kept: number;
  spooled: number;
  missing: number;
  /** A sentence for each event that is not where it has to be. */
  problems: string[];
}

/** What an event makes of one row. */
interface Version {
  number: number;
  partitionKey: string;
  row: EventData;
}

/**
 * Compares what was found with what went in, by the rows that the processor makes of each event. An event in a failed batch counts
 * as kept, even if the function wrote it before it crashed: redrive puts it back. A row must be that of the last event of its key that
 * was neither kept nor spooled, or of a later one that was kept and had been written already; of the newest instead of the last where
 * the processor keeps that. It must never be that of an earlier one, unless redrive put that one back.
 *
 * @param putBack the numbers of the events that redrive put on the stream again
 */
export const judge = (
  sent: Iterable<SentEvent>,
  found: Found,
  processor: Processor,
  putBack: ReadonlySet<number> = new Set(),
): Verdict => {
  const events = [...sent];
  const problems: string[] = [];
  const counts = { inTable: 0, dropped: 0, rejected: 0, kept: 0, spooled: 0, missing: 0 };
  const expected = events.map(({ data }) => expectedFor(data, processor));
  const versions = versionsOf(events, expected, processor);
  const holders = new Map([...found.rows].map(([key, row]) => [key, holderOf(row, versions.get(key) ?? [])]));

  /** Why the row of an event is not there. */
  const lackOf = (number: number, row: EventData): string | undefined => {
    const key = keyOf(row);
    const holder = holders.get(key);
    if (!holder)
      return found.rows.has(key) ? `the row of event ${number} holds something else` : `event ${number} has no row`;
    const all = versions.get(key)!;
    const isOlder = all.indexOf(holder) < all.findLastIndex((version) => version.number === number);
    return isOlder && !putBack.has(holder.number) && isInOrder(all, holder, row, processor)
      ? `event ${number} was replaced by the older ${holder.number}`
      : undefined;
  };

  for (const [index, { number, poison, isOversize }] of events.entries()) {
    const fate = expected[index]!;
    const rows = fate === 'rejected' ? [] : fate.rows;
    if (poison && !found.kept.has(number) && !found.spooled.has(number))
      problems.push(`event ${number} crashes the function each time, but is not in a failed batch`);
    if (poison === 'before' && rows.some((row) => found.rows.has(keyOf(row))))
      problems.push(`event ${number} has a row, though the function crashes before it writes`);
    if (isOversize && !found.spooled.has(number))
      problems.push(`event ${number} fits no record, but is not in the spool`);
    if (found.kept.has(number)) counts.kept += 1;
    else if (found.spooled.has(number)) counts.spooled += 1;
    else if (found.rejected.has(number)) {
      counts.rejected += 1;
      if (fate !== 'rejected') problems.push(`event ${number} was rejected, but is a good one`);
    } else if (fate === 'rejected') {
      counts.missing += 1;
      problems.push(`event ${number} is not among the rejected`);
    } else if (rows.length === 0) counts.dropped += 1;
    else {
      const lack = rows.map((row) => lackOf(number, row)).find((problem) => problem !== undefined);
      if (lack === undefined) counts.inTable += 1;
      else {
        counts.missing += 1;
        problems.push(lack);
      }
    }
  }

  for (const [key, holder] of holders)
    if (!holder) problems.push(`the row ${key} is not what any event of its key says`);
  return { events: events.length, ...counts, problems };
};

/** The versions of each row by its key, the one that should stand at the end. */
const versionsOf = (
  events: readonly SentEvent[],
  expected: readonly ReturnType<typeof expectedFor>[],
  { newest }: Processor,
): Map<string, Version[]> => {
  const versions = new Map<string, Version[]>();
  for (const [index, fate] of expected.entries()) {
    if (fate === 'rejected') continue;
    for (const row of fate.rows) {
      const version = { number: events[index]!.number, partitionKey: fate.partitionKey, row };
      const others = versions.get(keyOf(row));
      if (others) others.push(version);
      else versions.set(keyOf(row), [version]);
    }
  }
  if (newest)
    for (const all of versions.values()) all.sort((a, b) => Date.parse(a.row.Timestamp) - Date.parse(b.row.Timestamp));
  return versions;
};

/** Which event a row is of: the last of those that say the same. */
const holderOf = (row: EventData, versions: readonly Version[]): Version | undefined =>
  versions.findLast((version) => isDeepStrictEqual(version.row, row));

/** Whether the holder must not stand in the place of a later version. Records of different keys come in any order. */
const isInOrder = (versions: readonly Version[], holder: Version, row: EventData, { newest }: Processor): boolean =>
  newest && holder.row.Timestamp !== row.Timestamp
    ? true
    : versions.every(({ partitionKey }) => partitionKey === holder.partitionKey);
