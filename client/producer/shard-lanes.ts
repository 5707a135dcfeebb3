import { hash } from 'node:crypto';
import type { BatchLimits } from '../../core/batch.ts';
import { Aggregate } from '../../core/envelopes/aggregate.ts';
import type { KeyOrder } from './key-order.ts';
import { itemsOf, type Parcel, type Pending } from './parcel.ts';
import { Lane } from './shard-lane.ts';
import { ShardMap } from './shard-map.ts';

/** Bytes that events share one record up to: two payload units of 25 KB, as the KPL does by default. */
const AGGREGATE_BYTES = 50 * 1024;

export interface LanesOptions {
  /** What one request may carry. */
  limits: BatchLimits;
  /** Bytes of one record. */
  recordLimit: number;
  /** Whether events of one shard may share a record. */
  aggregate: boolean;
  /** What holds events back, where they are kept in order. */
  order?: KeyOrder;
}

/**
 * The events that wait for a request, each in the lane of its shard. As long as no shard refuses anything and no events share
 * records it makes no difference which shard an event belongs to, and one lane is enough.
 */
export class Lanes {
  readonly #options: LanesOptions;
  readonly #shards = new ShardMap();
  /** Of the events whose shard is not known. */
  readonly #unsorted = new Lane(undefined);
  readonly #lanes = new Map<string | undefined, Lane>([[undefined, this.#unsorted]]);
  #isSorting: boolean;
  #hasLearned = false;
  #turn = 0;
  readonly #queued = { events: 0, bytes: 0 };

  constructor(options: LanesOptions) {
    this.#options = options;
    this.#isSorting = options.aggregate;
  }

  /** What waits. */
  get queued(): Readonly<{ events: number; bytes: number }> {
    return this.#queued;
  }

  /** Units a second that the shard is slowed down to, where it is. */
  limitOf(shardId: string): number | undefined {
    const limit = this.#lanes.get(shardId)?.pace.limit;
    return limit === undefined || limit === Number.POSITIVE_INFINITY ? undefined : limit;
  }

  add(item: Pending): void {
    this.#laneOf(this.#isSorting ? this.#shards.shardOf(hashOf(item)) : undefined).queue.push(item);
    this.#count(item, 1);
  }

  /** Adds events again that were on their way together. */
  addAgain(items: readonly Pending[]): void {
    for (const item of this.#options.order?.readmit(items) ?? items) this.add(item);
  }

  /** Adds a parcel again, to the lane of the shard that refused it: whole, unless its events may be of different shards now. */
  putBack(parcel: Parcel, to: Lane): void {
    if (to.isClosed || (to !== parcel.lane && parcel.items)) {
      this.addAgain(itemsOf(parcel));
      return;
    }
    to.again.push(parcel);
    for (const item of itemsOf(parcel)) this.#count(item, 1);
  }

  /** Milliseconds until something is worth sending; infinite where nothing is. */
  wait(now: number): number {
    let wait = Number.POSITIVE_INFINITY;
    for (const lane of this.#lanes.values()) wait = Math.min(wait, this.#waitOf(lane, now));
    return wait;
  }

  /** Takes out what one request carries, of all lanes that may send, by turns. */
  load(now: number): Parcel[] {
    const { maxItems, maxBytes } = this.#options.limits;
    const parcels: Parcel[] = [];
    let room = maxBytes;
    const open = [...this.#lanes.values()].filter((lane) => this.#waitOf(lane, now) <= 0);
    // Not the same lane first each time.
    const first = open.length > 0 ? this.#turn++ % open.length : 0;
    for (let ready = [...open.slice(first), ...open.slice(0, first)]; ready.length > 0; )
      ready = ready.filter((lane) => {
        for (let turns = ready.length === 1 ? maxItems : 1; turns > 0; turns -= 1) {
          const parcel = parcels.length < maxItems && lane.pace.isOpen ? this.#next(lane, room) : undefined;
          if (!parcel) return false;
          lane.left(parcel, now);
          room -= parcel.bytes;
          parcels.push(parcel);
        }
        return true;
      });
    return parcels;
  }

  /**
   * Takes note that Kinesis answered for a parcel by this shard.
   *
   * @returns the lane of that shard, or that of the parcel where there is no more to know
   */
  learn(parcel: Parcel, shardId: string): Lane {
    const lane = parcel.lane!;
    if (!this.#isSorting || (shardId === lane.shardId && !lane.isClosed)) return lane;
    const itsHash = hashOf(parcel.items?.[0] ?? (parcel as Pending));
    for (const closed of this.#shards.learn(itsHash, shardId)) {
      const old = this.#laneOf(closed);
      old.isClosed = true;
      this.#lanes.delete(closed);
      this.#move(old.clear());
    }
    this.#hasLearned = true;
    return this.#shards.shardOf(itsHash) === shardId ? this.#laneOf(shardId) : lane;
  }

  /** From now on each shard has its lane: one of them has had enough. */
  sort(): void {
    this.#isSorting = true;
  }

  /** What was learned may tell the shards of events that wait for just that. */
  sortAgain(): void {
    if (this.#hasLearned) this.#move(this.#unsorted.queue.clear());
    this.#hasLearned = false;
  }

  /** Takes out everything that waits. */
  clear(): Pending[] {
    const items = [...this.#lanes.values()].flatMap((lane) => lane.clear());
    for (const item of items) this.#count(item, -1);
    return items;
  }

  #laneOf(shardId: string | undefined): Lane {
    const lane = this.#lanes.get(shardId) ?? new Lane(shardId);
    this.#lanes.set(shardId, lane);
    return lane;
  }

  /** Puts what was taken out of a lane into those that are right for it now. */
  #move(items: readonly Pending[]): void {
    for (const item of items) this.#count(item, -1);
    this.addAgain(items);
  }

  #waitOf(lane: Lane, now: number): number {
    // One request tells the shards of its keys, and then the others need not go alone.
    const isLearning = this.#options.aggregate && lane === this.#unsorted && lane.inFlight > 0;
    return isLearning ? Number.POSITIVE_INFINITY : lane.wait(now);
  }

  /** The next parcel of a lane, where it fits into so many bytes. */
  #next(lane: Lane, room: number): Parcel | undefined {
    const again = lane.again.first;
    const item = lane.queue.first;
    if ((again ?? item ?? { bytes: Number.POSITIVE_INFINITY }).bytes > room) return undefined;
    const parcel = again ?? (this.#options.aggregate ? this.#share(item!, lane, room) : item!);
    if (again) lane.again.shift();
    else if (!parcel.items) lane.queue.shift();
    if (parcel.items) for (const each of parcel.items) this.#count(each, -1);
    else this.#count(parcel, -1);
    return parcel;
  }

  /** A parcel that the first event of a lane shares with those behind it, where there is one that fits. */
  #share(first: Pending, lane: Lane, room: number): Parcel {
    const { order, recordLimit } = this.#options;
    const { partitionKey } = first;
    const aggregate = new Aggregate(Math.min(room, AGGREGATE_BYTES, recordLimit));
    if (!aggregate.add(first)) return first;
    lane.queue.shift();
    const items = [first];
    for (;;) {
      // A record holds its events in their order, so those of one key need not wait for each other in it.
      const held = order?.behind(partitionKey);
      const next = (held ?? lane.queue).first;
      // Order is only kept in a record of one key, and only a key's own events are always of one shard.
      const isSameShard = lane !== this.#unsorted && !order;
      if (!next || !(isSameShard || next.partitionKey === partitionKey) || !aggregate.add(next)) break;
      (held ?? lane.queue).shift();
      if (held) this.#count(next, 1);
      items.push(next);
    }
    if (items.length > 1) return { ...aggregate.encode(), bytes: aggregate.bytes, lane, items };
    lane.queue.unshift(first);
    return first;
  }

  #count({ bytes }: Pending, times: 1 | -1): void {
    this.#queued.events += times;
    this.#queued.bytes += times * bytes;
  }
}

const hashOf = (item: Pending): string => (item.hash ??= hash('md5', item.partitionKey));
