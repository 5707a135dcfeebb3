import { hash } from 'node:crypto';
import { expect } from 'chai';
import { KeyOrder } from '../../../client/producer/key-order.ts';
import { itemsOf, type Parcel, type Pending, pending } from '../../../client/producer/parcel.ts';
import { Lane } from '../../../client/producer/shard-lane.ts';
import { Lanes } from '../../../client/producer/shard-lanes.ts';

const LIMITS = { maxItems: 500, maxBytes: 5 * 1024 * 1024 };
const shard = (number: number): string => `shardId-${String(number).padStart(12, '0')}`;

/** Keys in the order of their hashes. */
const KEYS = Array.from({ length: 12 }, (_, index) => `key ${index}`).toSorted((a, b) =>
  hash('md5', a) < hash('md5', b) ? -1 : 1,
);

const item = (partitionKey: string, text = 'event', bytes = 10): Pending => ({
  ...pending({ partitionKey, data: Buffer.from(text) }),
  bytes,
});
const keysOf = (parcels: readonly Parcel[]): string[][] =>
  parcels.map((parcel) => itemsOf(parcel).map((each) => each.partitionKey));

/** What a request carries where it carries one record. */
const loadOne = (lanes: Lanes): { parcel: Parcel; lane: Lane } => {
  const load = lanes.load(0);
  return { parcel: load.parcels[0]!, lane: load.lanes[0]! };
};

/** Lanes that know of these keys which shard they are on. */
const lanesThatKnow = (shards: Record<string, number>, options = {}): Lanes => {
  const lanes = new Lanes({ limits: LIMITS, recordLimit: 1e6, aggregate: true, order: undefined, ...options });
  lanes.sort();
  for (const [key, number] of Object.entries(shards)) {
    lanes.add(item(key));
    const { parcel, lane } = loadOne(lanes);
    lane.inFlight -= 1;
    lanes.observe(parcel, lane, shard(number));
  }
  lanes.sortAgain();
  return lanes;
};

describe('the lanes', () => {
  const [first, second, third, last] = [KEYS[0]!, KEYS[3]!, KEYS[8]!, KEYS[11]!];

  it('let events of different keys share a record where both are known to be of one shard', () => {
    const lanes = lanesThatKnow({ [first]: 0, [second]: 0, [third]: 1, [last]: 1 });
    for (const key of KEYS) lanes.add(item(key));
    const shares = keysOf(lanes.load(0).parcels).map((keys) => keys.toSorted());
    // Between the last of the one and the first of the other nobody knows where the border lies.
    expect(shares).to.have.deep.members([
      KEYS.slice(0, 4).toSorted(),
      KEYS.slice(8).toSorted(),
      ...KEYS.slice(4, 8).map((key) => [key]),
    ]);
  });

  it('make no record larger than the stream takes', () => {
    const lanes = lanesThatKnow({ [first]: 0, [last]: 0 }, { recordLimit: 1_000 });
    for (let times = 0; times < 20; times += 1) lanes.add(item(first, 'x'.repeat(300), 306));
    const sizes = lanes
      .load(0)
      .parcels.map(({ bytes, partitionKey, data }) => [bytes, data.length + partitionKey.length]);
    for (const [bytes, real] of sizes) {
      expect(bytes).to.equal(real).and.to.be.at.most(1_000);
    }
    expect(sizes.length).to.be.within(7, 10);
  });

  it('let only events of one key share a record where they are kept in order', () => {
    const order = new KeyOrder();
    const lanes = lanesThatKnow({ [first]: 0, [last]: 0 }, { order });
    for (let times = 0; times < 3; times += 1)
      for (const key of [first, second]) {
        const each = item(key, `${times}`);
        if (order.admit(each)) lanes.add(each);
      }
    const loads = lanes.load(0).parcels;
    expect(keysOf(loads)).to.deep.equal([
      [first, first, first],
      [second, second, second],
    ]);
    expect(itemsOf(loads[0]!).map(({ data }) => data.toString())).to.deep.equal(['0', '1', '2']);
    expect(lanes.queued).to.deep.equal({ events: 0, bytes: 0 });
  });

  it('take a record apart that a reshard may have put on two shards', () => {
    const lanes = lanesThatKnow({ [first]: 0, [last]: 0 });
    for (const key of [first, last]) lanes.add(item(key));
    const { parcel, lane } = loadOne(lanes);
    expect(keysOf([parcel])).to.deep.equal([[first, last]]);
    // The answer names the shard that took the place of the first half.
    const refusing = lanes.observe(parcel, lane, shard(1));
    expect(refusing.shardId).to.equal(shard(1));
    lanes.putBack(parcel, lane, refusing);
    expect(keysOf(lanes.load(0).parcels)).to.have.deep.members([[first], [last]]);
  });

  it('send again what a shard refuses that is closed by then', () => {
    const lanes = lanesThatKnow({ [first]: 0, [last]: 0 }, { aggregate: false });
    const [one, other] = [item(first), item(last)];
    for (const each of [one, other]) lanes.add(each);
    const { parcels, lanes: from } = lanes.load(0);
    lanes.observe(one, from[parcels.indexOf(one)]!, shard(1));
    lanes.putBack(other, from[parcels.indexOf(other)]!, from[parcels.indexOf(other)]!);
    expect(keysOf(lanes.load(0).parcels)).to.deep.equal([[last]]);
  });

  it('send a record again as it was where its shard is still there', () => {
    const lanes = lanesThatKnow({ [first]: 0, [last]: 0 });
    for (const key of [first, second, last]) lanes.add(item(key));
    const { parcel, lane } = loadOne(lanes);
    lanes.putBack(parcel, lane, lane);
    expect(lanes.queued.events).to.equal(3);
    expect(loadOne(lanes).parcel).to.equal(parcel);
  });

  it('take turns, so that no lane holds up another', () => {
    for (const [maxItems, loads] of [
      [4, 1],
      [1, 4],
    ] as const) {
      const lanes = lanesThatKnow({ [first]: 0, [last]: 1 }, { limits: { maxItems, maxBytes: 1e6 }, aggregate: false });
      for (const key of [first, first, first, first, first, last, last]) lanes.add(item(key));
      const loaded = Array.from({ length: loads }, () => keysOf(lanes.load(0).parcels).flat());
      expect(loaded.flat()).to.have.members([first, first, last, last]);
    }
  });

  it('load no more bytes than a request carries, and leave the rest', () => {
    const lanes = new Lanes({
      limits: { maxItems: 500, maxBytes: 100 },
      recordLimit: 1e6,
      aggregate: false,
      order: undefined,
    });
    for (const bytes of [40, 60, 1]) lanes.add(item(first, 'event', bytes));
    expect(lanes.load(0).parcels.map(({ bytes }) => bytes)).to.deep.equal([40, 60]);
    expect(lanes.queued).to.deep.equal({ events: 1, bytes: 1 });
  });

  it('keep all events in one lane as long as it makes no difference', () => {
    const lanes = new Lanes({ limits: LIMITS, recordLimit: 1e6, aggregate: false, order: undefined });
    lanes.add(item(first));
    const { parcel, lane } = loadOne(lanes);
    expect(lanes.observe(parcel, lane, shard(0))).to.equal(lane);
    expect(lane.shardId).to.equal(undefined);
  });
});

describe('a lane', () => {
  it('lets what failed wait once, though more fails meanwhile, and sends what is fresh', () => {
    const lane = new Lane('shardId-000000000000');
    lane.again.push(pending({ partitionKey: 'again', data: Buffer.from('x') }));
    lane.failed(0, () => 100);
    lane.failed(50, () => 100);
    expect(lane.wait(50)).to.equal(50);
    expect([99, 100].map((now) => lane.firstAgain(now)?.partitionKey)).to.deep.equal([undefined, 'again']);
    lane.queue.push(pending({ partitionKey: 'fresh', data: Buffer.from('x') }));
    expect(lane.wait(50)).to.equal(0);
    lane.refused(0, 50, () => 100);
    expect(lane.wait(50)).to.equal(100);
  });

  it('spends by the size of what leaves it, and waits until its shard takes a request of what is left', () => {
    const lane = new Lane('shardId-000000000000');
    for (let left = 100; left > 0; left -= 1) lane.queue.push(item('fresh'));
    lane.pace.refused(0, 0);
    expect(lane.wait(100)).to.equal(0);
    // A shard takes a MiB in a second, or 1,000 records. From 900 a second a tenth was saved up.
    lane.left(item('large', 'x', 1024 * 1024), 100);
    expect(lane.wait(100)).to.be.closeTo((1_000 - 90 + 0.02 * 900) / 0.9, 1);
  });
});
