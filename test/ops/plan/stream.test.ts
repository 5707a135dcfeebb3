import { expect } from 'chai';
import fc from 'fast-check';
import { canShare, carry, type Flow, type Way } from '../../../ops/plan/stream.ts';

const flow = (rate: number, size: number, others: Partial<Flow> = {}): Flow => ({
  rate,
  peak: rate,
  size,
  clients: 1,
  ...others,
});
const PLAIN: Way = { mode: 'provisioned', aggregate: false };
const SHARED: Way = { mode: 'provisioned', aggregate: true };

describe('a flow on the stream', () => {
  it('fills a shard with exactly 1,000 records a second', () => {
    expect(carry(flow(1_000, 1_000), PLAIN)).to.include({ shards: 1, shardsByRecords: 1, shardsByBytes: 1 });
    expect(carry(flow(1_001, 1_000), PLAIN)).to.include({ shards: 2, shardsByRecords: 2, shardsByBytes: 1 });
  });

  it('fills a shard with exactly 1 MiB a second', () => {
    // 512 × 2,048 = 1,048,576
    expect(carry(flow(512, 2_048), PLAIN)).to.include({ shards: 1, shardsByRecords: 1, shardsByBytes: 1 });
    expect(carry(flow(512, 2_049), PLAIN)).to.include({ shards: 2, shardsByRecords: 1, shardsByBytes: 2 });
  });

  it('has a payload unit for each 25 KB of a record that was begun', () => {
    for (const [size, units] of [
      [1, 1],
      [25_600, 1],
      [25_601, 2],
      [51_200, 2],
      [51_201, 3],
    ] as const)
      expect(carry(flow(10, size), PLAIN).unitsPerSecond, `${size}`).to.equal(10 * units);
  });

  it('bills whole KB of each record on demand', () => {
    for (const [size, kilobytes] of [
      [1, 1],
      [1_024, 1],
      [1_025, 2],
    ] as const)
      expect(carry(flow(10, size), { mode: 'on-demand', aggregate: false }).billedBytes).to.equal(kilobytes * 1_024);
  });

  it('bills a record that fills its units exactly for no further one, whatever the rate is', () => {
    const rates = fc.integer({ min: 1, max: 1e9 }).map((thousandths) => thousandths / 1_000);
    fc.assert(
      fc.property(rates, fc.integer({ min: 1, max: 8 }), (rate, units) => {
        expect(carry(flow(rate, units * 25_600), PLAIN).unitsPerSecond).to.equal(rate * units);
        expect(carry(flow(rate, units * 1_024), { ...PLAIN, mode: 'on-demand' }).billedBytes).to.equal(units * 1_024);
      }),
    );
  });

  it('shares a record every 20 ms on each shard, so that bytes alone need shards', () => {
    // 20,000/s × 210 B = 4,200,000 B/s, which are 4.005 MiB: 5 shards. 5 × 50 records a second, of 16.8 KB.
    const carried = carry(flow(20_000, 200), SHARED);
    expect(carried).to.include({ shards: 5, shardsByRecords: 1, shardsByBytes: 5, recordsPerSecond: 250 });
    expect(carried.recordBytes).to.equal(4_200_000 / 250 + 20);
    expect(carried.unitsPerSecond).to.equal(250);
  });

  it('shares less the more clients there are, and nothing once they fill the shards with records', () => {
    expect(carry(flow(20_000, 200, { clients: 4 }), SHARED)).to.include({ shards: 5, recordsPerSecond: 1_000 });
    // 20 × 50 records a second are what a shard takes. With one client more the events could all be alone.
    expect(carry(flow(20_000, 200, { clients: 20 }), SHARED)).to.include({ shards: 5, recordsPerSecond: 5_000 });
    expect(carry(flow(20_000, 200, { clients: 21 }), SHARED)).to.include({ shards: 20, recordsPerSecond: 20_000 });
  });

  it('shares nothing where events are rare or large', () => {
    expect(carry(flow(3, 200), SHARED)).to.include({ recordsPerSecond: 3, unitsPerSecond: 3 });
    // 2 × (25,580 + 10) + 20 = 51,200
    expect(canShare(25_580)).to.equal(true);
    expect(canShare(25_581)).to.equal(false);
    expect(carry(flow(30, 30_000), SHARED)).to.deep.equal({ ...carry(flow(30, 30_000), PLAIN), aggregate: true });
  });

  it('keeps shards for the peak, and is billed for the average', () => {
    const carried = carry(flow(100, 1_000, { peak: 5_000 }), PLAIN);
    expect(carried).to.include({ shards: 5, recordsPerSecond: 100, unitsPerSecond: 100 });
  });

  it('keeps twice the shards of the peak on demand, and four at the least', () => {
    const shards = (rate: number) => carry(flow(rate, 500), { mode: 'on-demand', aggregate: false }).shards;
    expect([1, 2_000, 2_001, 10_000].map(shards)).to.deep.equal([4, 4, 6, 20]);
  });
});
