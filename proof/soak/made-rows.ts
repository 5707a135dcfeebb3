import { keyOf } from '../../core/event-data.ts';
import type { Processor } from '../../core/processor.ts';
import type { SentEvent } from './events.ts';
import type { FoundRows } from './found-rows.ts';
import { expectedFor } from './processor-events.ts';

/** What an event makes of one row. */
export interface Version {
  event: number;
  /** Of the row with this key among those that were found; undefined where there is none. */
  place: number | undefined;
  /** Of the row, where the processor keeps the newest. Milliseconds. */
  time: number;
}

/** An event, and what it makes. */
export interface MadeEvent extends Pick<SentEvent, 'number' | 'poison' | 'isOversize'> {
  isRejected: boolean;
  rows: Version[];
}

/** What events make, compared with the rows that were found. */
export interface Made {
  count: number;
  /** By the places of rows, which event each is of: the last in order of those that say the same. */
  holders: (Pick<Version, 'event' | 'time'> | undefined)[];
  /** By the places of rows, whether records of several partition keys carried it: these come in any order. */
  hasManyPartitionKeys: boolean[];
  events: () => Iterable<MadeEvent>;
}

/** Whether a version of a row comes before another one: by the time of the row, and then by the order of the events. */
export const isBefore = (a: Pick<Version, 'event' | 'time'>, b: Pick<Version, 'event' | 'time'>): boolean =>
  a.time < b.time || (a.time === b.time && a.event < b.event);

/** Stands for no row at that place. */
const NOWHERE = -1;

/** Makes the rows of all events, one event after the other, and keeps a few numbers of each. */
export const madeOf = (sent: Iterable<SentEvent>, found: FoundRows, processor: Processor): Made => {
  const holders: Made['holders'] = Array.from({ length: found.size });
  const hasManyPartitionKeys: boolean[] = Array.from({ length: found.size }, () => false);
  const partitionKeys: (string | undefined)[] = Array.from({ length: found.size });
  /** Of each event: its number, and where its rows end in the two lists below. Rejected ones have the negative of that, less one. */
  const [numbers, ends]: [number[], number[]] = [[], []];
  const [places, times]: [number[], number[]] = [[], []];
  const special = new Map<number, Pick<SentEvent, 'poison' | 'isOversize'>>();

  for (const { number, data, poison, isOversize } of sent) {
    const fate = expectedFor(data, processor);
    if (poison || isOversize) special.set(number, { ...(poison && { poison }), ...(isOversize && { isOversize }) });
    for (const row of fate === 'rejected' ? [] : fate.rows) {
      const time = processor.newest ? Date.parse(row.Timestamp) : 0;
      const place = found.placeOf(keyOf(row));
      places.push(place ?? NOWHERE);
      times.push(time);
      if (place === undefined || fate === 'rejected') continue;
      partitionKeys[place] ??= fate.partitionKey;
      if (partitionKeys[place] !== fate.partitionKey) hasManyPartitionKeys[place] = true;
      const holder = holders[place];
      const version = { event: number, time };
      if ((!holder || !isBefore(version, holder)) && found.isSame(place, row)) holders[place] = version;
    }
    numbers.push(number);
    ends.push(fate === 'rejected' ? -places.length - 1 : places.length);
  }

  const events = function* (): Generator<MadeEvent> {
    let from = 0;
    for (const [index, number] of numbers.entries()) {
      const isRejected = ends[index]! < 0;
      const end = isRejected ? -ends[index]! - 1 : ends[index]!;
      const rows: Version[] = [];
      for (; from < end; from += 1)
        rows.push({ event: number, place: places[from] === NOWHERE ? undefined : places[from], time: times[from]! });
      yield { number, isRejected, rows, ...special.get(number) };
    }
  };
  return { count: numbers.length, holders, hasManyPartitionKeys, events };
};
