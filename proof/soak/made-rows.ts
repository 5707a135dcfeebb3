import { type EventData, keyOf } from '../../core/event-data.ts';
import type { Processor } from '../../core/processor.ts';
import { Column } from './column.ts';
import type { SentEvent } from './events.ts';
import { type FoundRows, shortFingerprint } from './found-rows.ts';
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

/** Whether a version of a row comes before another one: by the time of the row, and then by the order of the events. */
export const isBefore = (a: Pick<Version, 'event' | 'time'>, b: Pick<Version, 'event' | 'time'>): boolean =>
  a.time < b.time || (a.time === b.time && a.event < b.event);

/** Stands for no row at that place, and for no event of a row. */
const NONE = -1;

/** Stand in the column of partition keys for those of no record, and of several. */
const [NO_KEY, MANY_KEYS] = [0, 1];

/** What events make, compared with the rows that were found. It keeps a few bytes of each event and of each row. */
export class MadeRows {
  readonly #found: FoundRows;
  readonly #processor: Processor;
  /** By the places of rows: the last event in order that says the same, its time, and a fingerprint of the partition key. */
  readonly #holders: Int32Array;
  readonly #holderTimes: Float64Array;
  readonly #partitionKeys: Uint32Array;
  /** Of each event: its number, and where its rows end in the two columns below. Rejected ones have the negative of that, less one. */
  readonly #numbers = new Column((length) => new Int32Array(length));
  readonly #ends = new Column((length) => new Int32Array(length));
  readonly #places = new Column((length) => new Int32Array(length));
  readonly #times = new Column((length) => new Float64Array(length));
  readonly #special = new Map<number, Pick<SentEvent, 'poison' | 'isOversize'>>();

  constructor(found: FoundRows, processor: Processor) {
    this.#found = found;
    this.#processor = processor;
    this.#holders = new Int32Array(found.size).fill(NONE);
    this.#holderTimes = new Float64Array(processor.newest ? found.size : 0);
    this.#partitionKeys = new Uint32Array(found.size);
  }

  /** Makes the rows of the next event. */
  add({ number, data, poison, isOversize }: SentEvent): void {
    const fate = expectedFor(data, this.#processor);
    if (poison || isOversize)
      this.#special.set(number, { ...(poison && { poison }), ...(isOversize && { isOversize }) });
    if (fate !== 'rejected') {
      const partitionKey = Math.max(2, shortFingerprint(fate.partitionKey));
      for (const row of fate.rows) this.#addRow(row, number, partitionKey);
    }
    this.#numbers.push(number);
    this.#ends.push(fate === 'rejected' ? -this.#places.length - 1 : this.#places.length);
  }

  #addRow(row: EventData, event: number, partitionKey: number): void {
    const time = this.#processor.newest ? Date.parse(row.Timestamp) : 0;
    const place = this.#found.placeOf(keyOf(row));
    this.#places.push(place ?? NONE);
    if (this.#processor.newest) this.#times.push(time);
    if (place === undefined) return;
    const known = this.#partitionKeys[place];
    this.#partitionKeys[place] = known === NO_KEY || known === partitionKey ? partitionKey : MANY_KEYS;
    const holder = this.holderOf(place);
    if ((holder && isBefore({ event, time }, holder)) || !this.#found.isSame(place, row)) return;
    this.#holders[place] = event;
    if (this.#processor.newest) this.#holderTimes[place] = time;
  }

  /** How many events were added. */
  get count(): number {
    return this.#numbers.length;
  }

  /** Bytes that it takes, without the few events that are special. */
  get bytes(): number {
    const columns = [this.#numbers, this.#ends, this.#places, this.#times].map(({ bytes }) => bytes);
    const ofRows = [this.#holders, this.#holderTimes, this.#partitionKeys].map(({ byteLength }) => byteLength);
    return [...columns, ...ofRows].reduce((sum, bytes) => sum + bytes, 0);
  }

  /** Which event the row at a place is of: the last in order of those that say the same. */
  holderOf(place: number): Pick<Version, 'event' | 'time'> | undefined {
    const event = this.#holders[place]!;
    return event === NONE ? undefined : { event, time: this.#holderTimes[place] ?? 0 };
  }

  /** Whether records of several partition keys carried the row: these come in any order. */
  hasManyPartitionKeys(place: number): boolean {
    return this.#partitionKeys[place] === MANY_KEYS;
  }

  /** The events in the order in which they were added. */
  *events(): Generator<MadeEvent> {
    let from = 0;
    for (let index = 0; index < this.count; index += 1) {
      const number = this.#numbers.at(index);
      const isRejected = this.#ends.at(index) < 0;
      const end = isRejected ? -this.#ends.at(index) - 1 : this.#ends.at(index);
      const rows: Version[] = [];
      for (; from < end; from += 1) {
        const place = this.#places.at(from);
        const time = this.#processor.newest ? this.#times.at(from) : 0;
        rows.push({ event: number, place: place === NONE ? undefined : place, time });
      }
      yield { number, isRejected, rows, ...this.#special.get(number) };
    }
  }
}
