import { hash } from 'node:crypto';
import type { BatchLimits } from '../../core/batch.ts';
import { Aggregate } from '../../core/envelopes/aggregate.ts';
import { PUT_PAYLOAD_UNIT_BYTES } from '../../core/limits.ts';
import type { KeyOrder } from './key-order.ts';
import { itemsOf, type Parcel, type Pending } from './parcel.ts';
import { Lane } from './shard-lane.ts';
import { ShardMap } from './shard-map.ts';

/**
 * The most bytes of a shared record: two payload units, as in the KPL by default.
 * https://github.com/awslabs/amazon-kinesis-producer/blob/master/java/amazon-kinesis-producer-sample/default_config.properties
 */
const AGGREGATE_BYTES = 2 * PUT_PAYLOAD_UNIT_BYTES;

export interface LanesOptions {
  /** What one request may carry. */
  limits: BatchLimits;
  /** Bytes of one record. */
  recordLimit: number;
  /** Whether events of one shard may share a record. */
  aggregate: boolean;
  /** What holds events back, where they are kept in order. */
  order: KeyOrder | undefined;
}

/** What one request carries. */
export interface Load {
  parcels: Parcel[];
  /** The lane that each parcel left. */
  lanes: Lane[];
  /** Of all parcels. */
  bytes: number;
}

/**
 * The events that wait for a request, each in the lane of its shard. While no shard refuses anything and no events share
 * records, it makes no difference which shard an event belongs to, and one lane is enough.
 */
export class Lanes {
  readonly #options: LanesOptions;
  readonly #shards = new ShardMap();
  /** For the events whose shard is not known. */
  readonly #unsorted = new Lane(undefined);
  readonly #lanes = new Map<string | undefined, Lane>([[undefined, this.#unsorted]]);
  #isSorting: boolean;
  /** Whether the shards of more hashes are known than when the unsorted events were last sorted. */
  #hasNews = false;
  #turn = 0;
  /** What waits. */
  readonly queued = { events: 0, bytes: 0 };

  constructor(options: LanesOptions) {
    this.#options = options;
    this.#isSorting = options.aggregate;
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

  /** Adds events again that were sent in one record. */
  addAgain(items: readonly Pending[]): void {
    for (const item of this.#options.order?.readmit(items) ?? items) this.add(item);
  }

  /** Adds a parcel again, to the lane of the shard that refused it: whole, unless its events may belong to different shards. */
  putBack(parcel: Parcel, from: Lane, to: Lane): void {
    if (to.isClosed || (to !== from && parcel.items)) {
      this.addAgain(itemsOf(parcel));
      return;
    }
    to.again.push(parcel);
    for (const item of itemsOf(parcel)) this.#count(item, 1);
  }

  /** Milliseconds until something should be sent; infinite where nothing waits. */
  wait(now: number): number {
    let wait = Number.POSITIVE_INFINITY;
    for (const lane of this.#lanes.values()) wait = Math.min(wait, this.#waitOf(lane, now));
    return wait;
  }

  /** Takes out what one request carries. The lanes that may send take turns. */
  load(now: number): Load {
    const { maxItems, maxBytes } = this.#options.limits;
    const parcels: Parcel[] = [];
    const lanes: Lane[] = [];
    let room = maxBytes;
    const take = (lane: Lane): boolean => {
      const parcel = parcels.length < maxItems && lane.pace.isOpen ? this.#next(lane, room, now) : undefined;
      if (!parcel) return false;
      lane.left(parcel, now);
      room -= parcel.bytes;
      parcels.push(parcel);
      lanes.push(lane);
      return true;
    };
    const open = [...this.#lanes.values()].filter((lane) => this.#waitOf(lane, now) <= 0);
    // Each time another lane is the first.
    const first = open.length > 0 ? this.#turn++ % open.length : 0;
    let ready = [...open.slice(first), ...open.slice(0, first)];
    while (ready.length > 1) ready = ready.filter(take);
    const [last] = ready;
    while (last && take(last));
    return { parcels, lanes, bytes: maxBytes - room };
  }

  /**
   * Kinesis named the shard of a parcel in its answer.
   *
   * @param lane the lane that the parcel left
   * @returns the lane of that shard, or the parcel's own lane where the answer says nothing new
   */
  observe(parcel: Parcel, lane: Lane, shardId: string): Lane {
    if (!this.#isSorting || shardId === lane.shardId) return lane;
    const itsHash = hashOf(parcel.items?.[0] ?? (parcel as Pending));
    for (const closed of this.#shards.observe(itsHash, shardId)) {
      const old = this.#laneOf(closed);
      old.isClosed = true;
      this.#lanes.delete(closed);
      this.#move(old.clear());
    }
    this.#hasNews = true;
    return this.#shards.shardOf(itsHash) === shardId ? this.#laneOf(shardId) : lane;
  }

  /** Gives each shard its lane from now on, since one of them is at its limit. */
  sort(): void {
    this.#isSorting = true;
  }

  /** Sorts the events whose shard was not known, where the last answers may have named it. */
  sortAgain(): void {
    if (this.#hasNews) this.#move(this.#unsorted.queue.clear());
    this.#hasNews = false;
  }

  /** Takes out everything that waits. */
  clear(): Pending[] {
    const items = [...this.#lanes.values()].flatMap((lane) => lane.clear());
    for (const item of items) this.#count(item, -1);
    return items;
  }

  #laneOf(shardId: string | undefined): Lane {
    let lane = this.#lanes.get(shardId);
    if (!lane) {
      lane = new Lane(shardId);
      this.#lanes.set(shardId, lane);
    }
    return lane;
  }

  /** Puts events that were taken out of a lane into the lanes where they belong now. */
  #move(items: readonly Pending[]): void {
    for (const item of items) this.#count(item, -1);
    this.addAgain(items);
  }

  #waitOf(lane: Lane, now: number): number {
    // The answer to the first request tells the shards of its keys. Events that wait for it can share records.
    const isExploring = this.#options.aggregate && lane === this.#unsorted && lane.inFlight > 0;
    return isExploring ? Number.POSITIVE_INFINITY : lane.wait(now);
  }

  /** The next parcel of a lane, where it fits into so many bytes. */
  #next(lane: Lane, room: number, now: number): Parcel | undefined {
    const again = lane.firstAgain(now);
    const item = lane.queue.first;
    if ((again ?? item ?? { bytes: Number.POSITIVE_INFINITY }).bytes > room) return undefined;
    const parcel = again ?? (this.#options.aggregate ? this.#share(item!, lane, room) : item!);
    if (again) lane.again.shift();
    else if (!parcel.items) lane.queue.shift();
    if (parcel.items) for (const each of parcel.items) this.#count(each, -1);
    else this.#count(parcel, -1);
    return parcel;
  }

  /** A record that the first event of a lane shares with those behind it, where any of them fits. */
  #share(first: Pending, lane: Lane, room: number): Parcel {
    const { order, recordLimit } = this.#options;
    const { partitionKey } = first;
    const aggregate = new Aggregate(Math.min(room, AGGREGATE_BYTES, recordLimit));
    if (!aggregate.add(first)) return first;
    lane.queue.shift();
    const items = [first];
    for (;;) {
      // A record keeps the order of its events, so the events of one key need not wait for each other in it.
      const held = order?.behind(partitionKey);
      const next = (held ?? lane.queue).first;
      // A reshard may divide the keys of a record, and then their order is lost. So with order a record has one key.
      const isSameShard = lane !== this.#unsorted && !order;
      if (!next || !(isSameShard || next.partitionKey === partitionKey) || !aggregate.add(next)) break;
      (held ?? lane.queue).shift();
      if (held) this.#count(next, 1);
      items.push(next);
    }
    if (items.length > 1) return { ...aggregate.encode(), bytes: aggregate.bytes, items };
    lane.queue.unshift(first);
    return first;
  }

  #count({ bytes }: Pending, times: 1 | -1): void {
    this.queued.events += times;
    this.queued.bytes += times * bytes;
  }
}

const hashOf = (item: Pending): string => (item.hash ??= hash('md5', item.partitionKey));
