import { expect } from 'chai';
import { KINESIS_SHARD, ShardLimit, TokenBucket } from '../../../../proof/bench/null-server/shard.ts';

/** Takes one at a time until it is told no. */
const takeAll = (take: () => boolean): number => {
  let taken = 0;
  while (take()) taken += 1;
  return taken;
};

describe('the token bucket', () => {
  it('holds one second at the start and fills up at its rate', () => {
    const bucket = new TokenBucket(100, 0);
    const drain = (now: number): number =>
      takeAll(() => {
        const has = bucket.has(1, now);
        if (has) bucket.take(1);
        return has;
      });
    expect(drain(0)).to.equal(100);
    expect(drain(0)).to.equal(0);
    expect(drain(500)).to.equal(50);
    expect(drain(60_000)).to.equal(100);
  });

  it('gives nothing for a clock that goes back', () => {
    const bucket = new TokenBucket(10, 1_000);
    bucket.take(10);
    expect(bucket.has(1, 0)).to.equal(false);
    expect(bucket.has(1, 1_000)).to.equal(false);
    expect(bucket.has(1, 1_100)).to.equal(true);
  });

  it('lets more pass than it holds once it is full, and makes the next wait for it', () => {
    const bucket = new TokenBucket(10, 0);
    expect(bucket.has(15, 0)).to.equal(true);
    bucket.take(15);
    expect(bucket.has(1, 500)).to.equal(false);
    expect(bucket.has(1, 600)).to.equal(true);
  });
});

describe('the limit of a shard', () => {
  it('takes 1,000 records a second, however small', () => {
    const shard = new ShardLimit(KINESIS_SHARD, 0);
    expect(takeAll(() => shard.take(1, 0))).to.equal(1_000);
    expect(takeAll(() => shard.take(1, 250))).to.equal(250);
  });

  it('takes 1 MiB a second, however few the records', () => {
    const shard = new ShardLimit(KINESIS_SHARD, 0);
    expect(takeAll(() => shard.take(64 * 1024, 0))).to.equal(16);
    expect(takeAll(() => shard.take(64 * 1024, 500))).to.equal(8);
  });

  it('takes a record of a whole mebibyte, and then nothing for a second', () => {
    const shard = new ShardLimit(KINESIS_SHARD, 0);
    expect(shard.take(1024 * 1024, 0)).to.equal(true);
    expect(shard.take(1_024, 0)).to.equal(false);
    expect(shard.take(1024 * 1024, 999)).to.equal(false);
    expect(shard.take(1024 * 1024, 1_000)).to.equal(true);
  });

  it('charges nothing for what it refuses', () => {
    const shard = new ShardLimit({ recordsPerSecond: 10, bytesPerSecond: 100 }, 0);
    expect(shard.take(60, 0)).to.equal(true);
    expect(takeAll(() => shard.take(60, 0))).to.equal(0);
    expect(takeAll(() => shard.take(5, 0))).to.equal(8);
  });
});
