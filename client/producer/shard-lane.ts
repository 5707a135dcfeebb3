import { Fifo } from './fifo.ts';
import { itemsOf, type Parcel, type Pending } from './parcel.ts';
import { Pace, unitsOf } from './shard-pace.ts';

/** What waits for one shard: a shard that refuses slows its own lane, and no other. */
export class Lane {
  /** Undefined for the events whose shard is not known. */
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
  /** Whether a reshard has replaced the shard. */
  isClosed = false;

  constructor(shardId: string | undefined) {
    this.shardId = shardId;
  }

  /** Milliseconds until this lane should send something; infinite where nothing waits. */
  wait(now: number): number {
    const waiting = this.again.length + this.queue.length;
    if (waiting === 0) return Number.POSITIVE_INFINITY;
    return Math.max(this.#restsUntil - now, this.pace.wait(waiting, now));
  }

  /** A parcel of this lane goes into a request. */
  left(parcel: Parcel, now: number): void {
    this.inFlight += 1;
    this.pace.spend(unitsOf(parcel.bytes), now);
  }

  /** The shard accepted records. @param units see {@link unitsOf} */
  accepted(units: number, now: number): void {
    this.#refusals = 0;
    this.pace.accepted(units, now);
  }

  /** The shard refused records. @param restAfter milliseconds to rest after so many refusals in a row */
  refused(now: number, restAfter: (refusals: number) => number): void {
    this.#refusals += 1;
    this.#restsUntil = now + restAfter(this.#refusals);
  }

  /** Takes out everything that waits, in its order. */
  clear(): Pending[] {
    return [...this.again.clear().flatMap(itemsOf), ...this.queue.clear()];
  }
}
