import type { Taken } from '../../aws/kinesis.ts';
import type { SourceEvent } from '../../core/source-event.ts';
import type { KeyOrder } from './key-order.ts';
import { eventsIn, itemsOf, type Parcel, type Pending } from './parcel.ts';
import type { Lane } from './shard-lane.ts';
import type { Lanes } from './shard-lanes.ts';
import type { ProducerCounts } from './statistics.ts';

/** What became of one event. */
export type Outcome =
  | { event: SourceEvent; status: 'sent'; shardId: string; sequenceNumber: string }
  | { event: SourceEvent; status: 'failed'; error: Error };

export interface SettlementOptions {
  lanes: Lanes;
  /** Where events are kept in order. */
  order: KeyOrder | undefined;
  counts: ProducerCounts;
  /** How much may be without an outcome. */
  maxPending: { events: number; bytes: number };
  onOutcome: (outcome: Outcome) => void;
}

/** Keeps the books of the events without an outcome, and gives each one outcome: sent, or failed. */
export class Settlement {
  readonly #options: SettlementOptions;
  #events = 0;
  #bytes = 0;
  /** Why nothing is sent any more. */
  error: Error | undefined;
  #onSettled: (() => void) | undefined;

  constructor(options: SettlementOptions) {
    this.#options = options;
  }

  /** Whether every event has its outcome. */
  get isEmpty(): boolean {
    return this.#events === 0;
  }

  /** Whether the source has to wait. */
  get isFull(): boolean {
    const { events, bytes } = this.#options.maxPending;
    return this.#events >= events || this.#bytes >= bytes;
  }

  /** Resolves when the next event has its outcome. */
  next(): Promise<void> {
    return new Promise((resolve) => {
      this.#onSettled = resolve;
    });
  }

  /** The event was taken from the source. */
  open({ bytes }: Pending): void {
    this.#events += 1;
    this.#bytes += bytes;
  }

  /** Kinesis has the event. The next one of its key may go, where they are kept in order. */
  sent(item: Pending, { shardId, sequenceNumber }: Taken): void {
    this.#settle({ event: item.event, status: 'sent', shardId, sequenceNumber }, item.bytes);
    if (this.#options.order) this.#release([item]);
  }

  /** The same for events of one record. */
  sentTogether(items: readonly Pending[], { shardId, sequenceNumber }: Taken): void {
    for (const { event, bytes } of items) this.#settle({ event, status: 'sent', shardId, sequenceNumber }, bytes);
    this.#release(items);
  }

  /** The event has failed for a reason of its own. */
  failed({ event, bytes }: Pending, error: Error): void {
    this.#settle({ event, status: 'failed', error }, bytes);
  }

  /** The parcel was not accepted. It goes again to the lane of the shard that refused it. */
  sendAgain(parcel: Parcel, from: Lane, to: Lane): void {
    if (this.error) this.#failAll(itemsOf(parcel), this.error);
    else {
      this.#options.counts.retried += eventsIn(parcel);
      this.#options.lanes.putBack(parcel, from, to);
    }
  }

  /** Events of a shared record that are on another shard than their own: a consumer may skip them there. */
  misplaced(items: readonly Pending[]): void {
    if (this.error) this.#failAll(items, this.error);
    else {
      this.#options.counts.retried += items.length;
      this.#options.lanes.addAgain(items);
    }
  }

  /**
   * Fails every event that is not in a request. Those in one fail when it ends, unless Kinesis accepts them, and after them
   * those that are kept in order behind them.
   */
  giveUp(error: Error): void {
    this.error = error;
    this.#failAll(this.#options.lanes.clear(), error);
  }

  #failAll(items: readonly Pending[], error: Error): void {
    if (items.length === 0) return;
    for (const item of items) this.failed(item, error);
    this.#release(items);
  }

  /** Lets go what waited for these events: it is sent next, or fails too. */
  #release(items: readonly Pending[]): void {
    const { order, lanes } = this.#options;
    if (!order) return;
    if (this.error) this.#failAll(order.giveUp(items), this.error);
    else for (const next of order.release(items)) lanes.add(next);
  }

  #settle(outcome: Outcome, bytes: number): void {
    this.#options.counts[outcome.status] += 1;
    this.#events -= 1;
    this.#bytes -= bytes;
    this.#options.onOutcome(outcome);
    // Each promise once: to resolve it again calls back into Node, which costs more than all else here.
    this.#onSettled?.();
    this.#onSettled = undefined;
  }
}
