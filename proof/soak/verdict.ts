import { isDeepStrictEqual } from 'node:util';
import { decodeEvent } from '../../core/decode.ts';
import type { EventData } from '../../core/event-data.ts';
import { numberOf, type SoakEvent } from './events.ts';

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
  rejected: number;
  kept: number;
  spooled: number;
  missing: number;
  /** A sentence for each event that is not where it has to be. */
  problems: string[];
}

/**
 * Compares what was found with what went in. An event in a failed batch counts as kept, even if the function wrote it before it
 * crashed: redrive puts it back. A row must hold the last event of its key that was neither kept nor spooled, or a later one
 * that was kept and had been written already. It must never hold an earlier one.
 */
export const judge = (events: readonly SoakEvent[], found: Found): Verdict => {
  const problems: string[] = [];
  const counts = { inTable: 0, rejected: 0, kept: 0, spooled: 0, missing: 0 };
  const lastOf = new Map<string, number>();
  const numbers = new Map<string, Set<number>>();
  for (const { number, key } of events) {
    if (key === undefined) continue;
    if (!found.kept.has(number) && !found.spooled.has(number)) lastOf.set(key, number);
    const known = numbers.get(key);
    if (known) known.add(number);
    else numbers.set(key, new Set([number]));
  }

  const rows = new Map([...found.rows].map(([key, row]) => [key, numberOf(JSON.stringify(row)) ?? -1]));

  for (const { number, fate, key, poison } of events) {
    if (poison && !found.kept.has(number) && !found.spooled.has(number))
      problems.push(`event ${number} crashes the function each time, but is not in a failed batch`);
    if (poison === 'before' && found.rows.has(key!))
      problems.push(`event ${number} has a row, though the function crashes before it writes`);
    if (found.kept.has(number)) counts.kept += 1;
    else if (found.spooled.has(number)) counts.spooled += 1;
    else if (found.rejected.has(number)) {
      counts.rejected += 1;
      if (fate !== 'rejected') problems.push(`event ${number} was rejected, but is a good one`);
    } else if (fate === 'rejected') {
      counts.missing += 1;
      problems.push(`event ${number} is not among the rejected`);
    } else if ((rows.get(key!) ?? -1) < number) {
      counts.missing += 1;
      const row = rows.get(key!);
      problems.push(
        row === undefined ? `event ${number} has no row` : `event ${number} was replaced by the older ${row}`,
      );
    } else counts.inTable += 1;
  }

  for (const [key, number] of rows) {
    if (!numbers.get(key)?.has(number)) problems.push(`the row ${key} holds event ${number}, which is not of its key`);
    else if (number > (lastOf.get(key) ?? -1) && !found.kept.has(number) && !found.spooled.has(number))
      problems.push(`the row ${key} holds event ${number}; expected ${lastOf.get(key)}`);
    else if (
      !isDeepStrictEqual(found.rows.get(key), decodeEvent(events[number]!.data, { at: new Date(0), partitionKey: key }))
    )
      problems.push(`the row ${key} is not what event ${number} says`);
  }
  return { events: events.length, ...counts, problems };
};
