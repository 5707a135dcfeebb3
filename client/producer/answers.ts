import type { PutRecords, Taken } from '../../aws/kinesis.ts';
import { defined } from '../../core/defined.ts';
import { eventsIn, type Parcel } from './parcel.ts';
import type { Settlement } from './settlement.ts';
import type { Lane } from './shard-lane.ts';
import type { Lanes, Load } from './shard-lanes.ts';
import { unitsOf } from './shard-pace.ts';
import type { Statistics } from './statistics.ts';

/** What Kinesis answered for each record of a request. */
export type Replies = Awaited<ReturnType<PutRecords>>;

export interface AnswersOptions {
  lanes: Lanes;
  settlement: Settlement;
  statistics: Statistics;
  /** How long a shard rests after so many refusals in a row. Milliseconds. */
  restAfter: (refusals: number) => number;
}

/** What the answers to one request come to. */
export interface Answered {
  hasAccepted: boolean;
  isTooFast: boolean;
  refusal?: string;
}

/** What each lane's shard accepted, in units of its pace. */
type Accepting = Map<Lane, number>;

/** Whether each refusing shard did so because of its rate. */
type Refusing = Map<Lane, boolean>;

/**
 * Turns the answers of Kinesis into outcomes, new tries, and the pace of each shard.
 *
 * @returns takes the answers to one request; tells whether any record was accepted, whether a shard refused one because of its rate,
 * and why one was refused, where one was
 */
export const answersFor = ({ lanes, settlement, statistics, restAfter }: AnswersOptions) => {
  const refused = (parcel: Parcel, from: Lane, reason: string, refusing: Refusing): void => {
    const isTooFast = TOO_FAST.test(reason);
    const shardId = SHARD_ID.exec(reason)?.[0];
    if (isTooFast) {
      lanes.sort();
      if (shardId !== undefined) statistics.shard(shardId).refused += 1;
      statistics.counts.refused += eventsIn(parcel);
    }
    const lane = shardId === undefined ? from : lanes.observe(parcel, from, shardId);
    refusing.set(lane, isTooFast || refusing.get(lane) === true);
    settlement.sendAgain(parcel, from, lane);
  };

  const accepted = (parcel: Parcel, from: Lane, reply: Taken, accepting: Accepting): void => {
    const { items, partitionKey } = parcel;
    const lane = lanes.observe(parcel, from, reply.shardId);
    accepting.set(lane, (accepting.get(lane) ?? 0) + unitsOf(parcel.bytes));
    statistics.shard(reply.shardId).sent += eventsIn(parcel);
    if (!items) {
      settlement.sent(parcel, reply);
      return;
    }
    // A consumer may skip what is on a shard that its key does not belong to. The record's own key always belongs there.
    const isMoved = from.shardId !== undefined && from.shardId !== reply.shardId;
    settlement.sentTogether(isMoved ? items.filter((item) => item.partitionKey === partitionKey) : items, reply);
    if (isMoved) settlement.misplaced(items.filter((item) => item.partitionKey !== partitionKey));
  };

  return (load: Load, replies: Replies, sentAt: number, now: number): Answered => {
    const accepting: Accepting = new Map();
    const refusing: Refusing = new Map();
    let refusal: string | undefined;
    // Not with entries(), which makes an array for each event.
    for (let index = 0; index < load.parcels.length; index += 1) {
      const parcel = load.parcels[index]!;
      const from = load.lanes[index]!;
      const reply = replies[index] ?? { refused: 'no answer' };
      if ('refused' in reply) {
        refusal = reply.refused;
        refused(parcel, from, refusal, refusing);
      } else accepted(parcel, from, reply, accepting);
    }
    lanes.sortAgain();
    for (const [lane, units] of accepting) lane.accepted(units, now);
    for (const [lane, isTooFast] of refusing)
      if (isTooFast) lane.refused(sentAt, now, restAfter);
      else lane.failed(now, restAfter);
    return {
      hasAccepted: accepting.size > 0,
      isTooFast: [...refusing.values()].includes(true),
      ...defined({ refusal }),
    };
  };
};

/** As in `Rate exceeded for shard shardId-000000000000 in stream …`. */
const SHARD_ID = /\bshardId-\d{12}\b/;

const TOO_FAST = /^ProvisionedThroughputExceeded/;
