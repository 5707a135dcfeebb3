import type { Processor } from '../../core/processor.ts';
import type { SentEvent } from './events.ts';
import type { FoundRows } from './found-rows.ts';
import { isBefore, type MadeEvent, MadeRows, type Version } from './made-rows.ts';

/** Where the numbers of the events were found after a soak. */
export interface Found {
  /** The rows of EventData. */
  rows: FoundRows;
  /** Looks for the keys of rows, for a message: none of them is kept. */
  keysAt: (places: ReadonlySet<number>) => Promise<string[]>;
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

type Where = Exclude<keyof Verdict, 'events' | 'problems'>;

/**
 * Compares what was found with what went in, by the rows that the processor makes of each event. An event in a failed batch counts
 * as kept, even if the function wrote it before it crashed: redrive puts it back. A row must be that of the last event of its key that
 * was neither kept nor spooled, or of a later one that was kept and had been written already; of the newest instead of the last where
 * the processor keeps that. It must never be that of an earlier one, unless redrive put that one back.
 *
 * @param putBack the numbers of the events that redrive put on the stream again
 */
export const judge = async (
  events: Iterable<SentEvent>,
  found: Found,
  processor: Processor,
  putBack: ReadonlySet<number> = new Set(),
): Promise<Verdict> => {
  const problems: string[] = [];
  const counts = { inTable: 0, dropped: 0, rejected: 0, kept: 0, spooled: 0, missing: 0 };
  const made = new MadeRows(found.rows, processor);
  for (const event of events) made.add(event);

  /** Why the row of an event is not there. */
  const lackOf = ({ event, place, time }: Version): string | undefined => {
    const holder = place === undefined ? undefined : made.holderOf(place);
    if (place === undefined) return `event ${event} has no row`;
    if (!holder) return `the row of event ${event} holds something else`;
    const isOlder = isBefore(holder, { event, time });
    const mustBeInOrder = (processor.newest && holder.time !== time) || !made.hasManyPartitionKeys(place);
    return isOlder && !putBack.has(holder.event) && mustBeInOrder
      ? `event ${event} was replaced by the older ${holder.event}`
      : undefined;
  };

  for (const event of made.events()) {
    const [where, problem] = whereIs(event, found, lackOf);
    counts[where] += 1;
    problems.push(...problemsOf(event, found), ...(problem === undefined ? [] : [problem]));
  }

  const unexplained = new Set<number>();
  for (let place = 0; place < found.rows.size; place += 1) if (!made.holderOf(place)) unexplained.add(place);
  if (unexplained.size > 0)
    for (const key of await found.keysAt(unexplained))
      problems.push(`the row ${key} is not what any event of its key says`);
  return { events: made.count, ...counts, problems };
};

/** What is wrong with where an event is that crashes the function, or fits no record. */
const problemsOf = ({ number, poison, isOversize, rows }: MadeEvent, { kept, spooled }: Found): string[] => [
  ...(poison && !kept.has(number) && !spooled.has(number)
    ? [`event ${number} crashes the function each time, but is not in a failed batch`]
    : []),
  ...(poison === 'before' && rows.some(({ place }) => place !== undefined)
    ? [`event ${number} has a row, though the function crashes before it writes`]
    : []),
  ...(isOversize && !spooled.has(number) ? [`event ${number} fits no record, but is not in the spool`] : []),
];

/** Where an event counts, and what is wrong with that. @param lackOf why a row of it is not there */
const whereIs = (
  { number, isRejected, rows }: MadeEvent,
  { kept, spooled, rejected }: Found,
  lackOf: (version: Version) => string | undefined,
): [where: Where, problem?: string] => {
  if (kept.has(number)) return ['kept'];
  if (spooled.has(number)) return ['spooled'];
  if (rejected.has(number))
    return isRejected ? ['rejected'] : ['rejected', `event ${number} was rejected, but is a good one`];
  if (isRejected) return ['missing', `event ${number} is not among the rejected`];
  if (rows.length === 0) return ['dropped'];
  const lack = rows.map(lackOf).find((problem) => problem !== undefined);
  return lack === undefined ? ['inTable'] : ['missing', lack];
};
