import { Fifo } from './fifo.ts';
import { itemsOf, type Parcel, type Pending } from './parcel.ts';
import { Pace, unitsOf } from './shard-pace.ts';

/** What waits for one shard: a shard that refuses slows its own lane, and no other. */
export class Lane {
  /** The shard; undefined for the events whose shard is not known. */
  readonly shardId: string | undefined;
  readonly pace = new Pace();
  /** What was refused, which goes first. */
  readonly again = new Fifo<Parcel>();
  readonly queue = new Fifo<Pending>();
  /** Until when nothing is sent. Milliseconds. */
  #restsUntil = 0;
  /** Refusals in a row. */
  #refusals = 0;
  /** Parcels in a request. */
  inFlight = 0;
  /** Whether a reshard has put other shards in its place. */
  isClosed = false;

  constructor(shardId: string | undefined) {
    this.shardId = shardId;
  }

  /** Milliseconds until something of this lane is worth sending; infinite where nothing waits. */
  wait(now: number): number {
    const waiting = this.again.length + this.queue.length;
    if (waiting === 0) return Number.POSITIVE_INFINITY;
    return Math.max(this.#restsUntil - now, this.pace.wait(waiting, now));
  }

  /** A parcel is on its way. */
  left(parcel: Parcel, now: number): void {
    parcel.lane = this;
    this.inFlight += 1;
    this.pace.spend(unitsOf(parcel.bytes), now);
  }

  /** The shard took a request, or its part of one. @param units see {@link unitsOf} */
  took(units: number, now: number): void {
    this.#refusals = 0;
    this.pace.took(units, now);
  }

  /** The shard refused something. @param restOf milliseconds to rest after so many refusals in a row */
  refused(now: number, restOf: (refusals: number) => number): void {
    this.#refusals += 1;
    this.#restsUntil = now + restOf(this.#refusals);
  }

  /** Everything that waits, in its order. The lane is empty then. */
  clear(): Pending[] {
    return [...this.again.clear().flatMap(itemsOf), ...this.queue.clear()];
  }
}
