import { Fifo } from '../../core/fifo.ts';
import { itemsOf, type Parcel, type Pending } from './parcel.ts';
import { Pace, unitsOf } from './shard-pace.ts';

/** Milliseconds to rest after so many refusals in a row. */
type Rest = (refusals: number) => number;

/** What waits for one shard: a shard that refuses slows its own lane, and no other. */
export class Lane {
  /** Undefined for the events whose shard is not known. */
  readonly shardId: string | undefined;
  readonly pace = new Pace();
  /** What was refused, which goes first once it may go. */
  readonly again = new Fifo<Parcel>();
  readonly queue = new Fifo<Pending>();
  /** Until when nothing is sent, and until when what failed is not. Milliseconds. */
  #restsUntil = 0;
  #failedRestUntil = 0;
  /** Refusals in a row, of any kind. */
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
    const [again, fresh] = [this.again.length, this.queue.length];
    if (again + fresh === 0) return Number.POSITIVE_INFINITY;
    const failedRest = fresh > 0 ? 0 : this.#failedRestUntil - now;
    return Math.max(this.#restsUntil - now, failedRest, this.pace.wait(again + fresh, now));
  }

  /** The first parcel that was refused, where it may be sent again. */
  firstAgain(now: number): Parcel | undefined {
    return now >= this.#failedRestUntil ? this.again.first : undefined;
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

  /** The shard refused records of a request because of its rate: the whole lane rests. @param restAfter see {@link Rest} */
  refused(sentAt: number, now: number, restAfter: Rest): void {
    this.#refusals += 1;
    this.pace.refused(sentAt, now);
    this.#restsUntil = now + restAfter(this.#refusals);
  }

  /**
   * Records failed for another reason, which says nothing about those behind them: only they rest. Those that fail while others rest
   * wait with them, or new failures would put off the old ones again and again.
   */
  failed(now: number, restAfter: Rest): void {
    this.#refusals += 1;
    if (now >= this.#failedRestUntil) this.#failedRestUntil = now + restAfter(this.#refusals);
  }

  /** Takes out everything that waits, in its order. */
  clear(): Pending[] {
    return [...this.again.clear().flatMap(itemsOf), ...this.queue.clear()];
  }
}
