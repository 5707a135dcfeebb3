import { expect } from 'chai';
import { answersFor, type Replies } from '../../../client/producer/answers.ts';
import { KeyOrder } from '../../../client/producer/key-order.ts';
import { type Pending, pending } from '../../../client/producer/parcel.ts';
import { type Outcome, Settlement } from '../../../client/producer/settlement.ts';
import { Lanes } from '../../../client/producer/shard-lanes.ts';
import { Statistics } from '../../../client/producer/statistics.ts';

const shard = (number: number): string => `shardId-${String(number).padStart(12, '0')}`;
const taken = (number = 0) => ({ shardId: shard(number), sequenceNumber: '1' });

const setUp = ({ ordered = false } = {}) => {
  const order = ordered ? new KeyOrder() : undefined;
  const statistics = new Statistics();
  const lanes = new Lanes({
    limits: { maxItems: 500, maxBytes: 1e6 },
    recordLimit: 1e6,
    aggregate: false,
    order,
  });
  const outcomes: Outcome[] = [];
  const settlement = new Settlement({
    lanes,
    order,
    counts: statistics.counts,
    maxPending: { events: 3, bytes: 1_000 },
    onOutcome: (outcome) => outcomes.push(outcome),
  });
  const take = (partitionKey: string, bytes = 8): Pending => {
    const item = pending({ partitionKey, data: Buffer.alloc(bytes) });
    settlement.open(item);
    if (order?.admit(item) !== false) lanes.add(item);
    return item;
  };
  const keysOf = (status: Outcome['status']) =>
    outcomes.flatMap((outcome) => (outcome.status === status ? [outcome.event.partitionKey] : []));
  return { statistics, lanes, settlement, take, keysOf };
};

describe('the settlement of events', () => {
  it('is full at a number of events, and empty once each has its outcome', () => {
    const { settlement, take } = setUp();
    const [first, second] = [take('a'), take('b')];
    expect([settlement.isFull, settlement.isEmpty]).to.deep.equal([false, false]);
    const third = take('c');
    expect(settlement.isFull).to.equal(true);
    settlement.sent(third, taken());
    expect(settlement.isFull).to.equal(false);
    settlement.sent(first, taken());
    settlement.failed(second, new Error('too large'));
    expect(settlement.isEmpty).to.equal(true);
  });

  it('is full at a number of bytes, until an event that holds them has its outcome', () => {
    const { settlement, take } = setUp();
    const first = take('a', 998);
    expect(settlement.isFull).to.equal(false);
    take('b', 0);
    expect(settlement.isFull).to.equal(true);
    settlement.sent(first, taken());
    expect(settlement.isFull).to.equal(false);
  });

  it('tells when an event has its outcome', async () => {
    const { settlement, take } = setUp();
    const next = settlement.next();
    settlement.sent(take('a'), taken());
    await next;
  });

  it('lets an event of a key go only after the one before it', () => {
    const { settlement, lanes, take } = setUp({ ordered: true });
    const first = take('a');
    take('a');
    expect(lanes.load(0).parcels).to.deep.equal([first]);
    expect(lanes.queued.events).to.equal(0);
    settlement.sent(first, taken());
    expect(lanes.queued.events).to.equal(1);
  });

  it('fails what waits when the producer gives up, and what is in a request when that ends', () => {
    const { settlement, lanes, take, keysOf, statistics } = setUp({ ordered: true });
    take('in flight');
    const load = lanes.load(0);
    take('in flight');
    take('waiting');
    settlement.giveUp(new Error('no'));
    expect(keysOf('failed')).to.deep.equal(['waiting']);
    settlement.sendAgain(load.parcels[0]!, load.lanes[0]!, load.lanes[0]!);
    expect(keysOf('failed')).to.deep.equal(['waiting', 'in flight', 'in flight']);
    expect(statistics.counts).to.include({ failed: 3, retried: 0 });
    expect(settlement.isEmpty).to.equal(true);
  });
});

describe('the answers of Kinesis', () => {
  const RATE = `ProvisionedThroughputExceededException: Rate exceeded for shard ${shard(1)} in stream s`;

  const answer = (replies: Replies) => {
    const parts = setUp();
    const { lanes, settlement, statistics, take } = parts;
    for (const [index] of replies.entries()) take(`key ${index}`);
    const answered = answersFor({ lanes, settlement, statistics, restAfter: (refusals) => refusals * 100 });
    const load = lanes.load(0);
    statistics.requestBegins(load.parcels);
    const result = answered(load, replies, 0, 10);
    statistics.requestEnds(load.parcels);
    const snapshot = statistics.snapshot((shardId) => lanes.limitOf(shardId));
    return { ...parts, result, snapshot };
  };

  it('settle what was accepted, and put back what was refused', () => {
    const { result, keysOf, lanes, snapshot } = answer([taken(0), { refused: 'InternalFailure: why' }, taken(0)]);
    expect(result).to.deep.equal({ hasAccepted: true, isTooFast: false, refusal: 'InternalFailure: why' });
    expect(keysOf('sent')).to.deep.equal(['key 0', 'key 2']);
    expect(lanes.queued.events).to.equal(1);
    expect(snapshot).to.deep.include({ sent: 2, refused: 0, retried: 1, requests: 1, records: 3, inFlight: 0 });
    expect(snapshot.shards).to.deep.equal([{ shardId: shard(0), sent: 2, refused: 0 }]);
  });

  it('slow down the shard that is at its limit, and no other', () => {
    const { lanes, snapshot } = answer([taken(0), { refused: RATE }]);
    expect(snapshot.shards.map(({ shardId, refused, limit }) => [shardId, refused, limit !== undefined])).to.deep.equal(
      [
        [shard(0), 0, false],
        [shard(1), 1, true],
      ],
    );
    // It rests after its first refusal.
    expect(lanes.wait(10)).to.be.within(90, 100);
  });

  it('let only those rest that failed for another reason than the rate, and do not put them off again', () => {
    const { lanes, take, snapshot } = answer([taken(0), { refused: 'InternalFailure: why' }]);
    expect(snapshot.shards.map(({ limit }) => limit)).to.deep.equal([undefined]);
    expect(lanes.wait(10)).to.equal(100);
    take('fresh');
    expect(lanes.wait(10)).to.equal(0);
    expect(lanes.load(10).parcels.map(({ partitionKey }) => partitionKey)).to.deep.equal(['fresh']);
    take('later');
    expect(lanes.load(110).parcels.map(({ partitionKey }) => partitionKey)).to.deep.equal(['key 1', 'later']);
  });

  it('count a missing answer as a refusal', () => {
    const { result } = answer([undefined as never, taken(0)]);
    expect(result).to.deep.equal({ hasAccepted: true, isTooFast: false, refusal: 'no answer' });
  });
});
