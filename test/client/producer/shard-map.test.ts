import { hash } from 'node:crypto';
import { expect } from 'chai';
import fc from 'fast-check';
import { ShardMap } from '../../../client/producer/shard-map.ts';

const shard = (number: number): string => `shardId-${String(number).padStart(12, '0')}`;
const md5 = (key: number): string => hash('md5', `key ${key}`);

/** A hash of these first digits. */
const at = (digits: string): string => digits.padEnd(32, '0');

describe('the map of shards', () => {
  it('knows nothing before Kinesis has answered', () => {
    expect(new ShardMap().shardOf(at('8'))).to.equal(undefined);
  });

  it('knows the hashes between two of one shard, and those alone', () => {
    const map = new ShardMap();
    map.observe(at('2'), shard(0));
    map.observe(at('6'), shard(0));
    map.observe(at('9'), shard(1));
    expect(['1', '2', '4', '6', '7', '9', 'a'].map((digits) => map.shardOf(at(digits)))).to.deep.equal([
      undefined,
      shard(0),
      shard(0),
      shard(0),
      undefined,
      shard(1),
      undefined,
    ]);
  });

  it('closes a shard where a newer one holds one of its hashes', () => {
    const map = new ShardMap();
    map.observe(at('2'), shard(0));
    map.observe(at('6'), shard(0));
    expect(map.observe(at('3'), shard(1))).to.deep.equal([shard(0)]);
    expect(map.shardOf(at('3'))).to.equal(shard(1));
    expect(map.shardOf(at('5'))).to.equal(undefined);
  });

  it('closes every shard that a merged one spans', () => {
    const map = new ShardMap();
    for (const [digits, number] of [
      ['2', 0],
      ['6', 1],
      ['9', 2],
    ] as const)
      map.observe(at(digits), shard(number));
    map.observe(at('1'), shard(3));
    expect(map.observe(at('a'), shard(3))).to.have.members([shard(0), shard(1), shard(2)]);
    expect(map.shardOf(at('5'))).to.equal(shard(3));
  });

  it('does not believe an answer that was late', () => {
    const map = new ShardMap();
    map.observe(at('2'), shard(0));
    map.observe(at('3'), shard(1));
    expect(map.observe(at('1'), shard(0))).to.deep.equal([]);
    // One more hash of the closed shard, and it would span the new one.
    expect(map.observe(at('6'), shard(0))).to.deep.equal([shard(0)]);
    expect(map.shardOf(at('3'))).to.equal(shard(1));
  });

  it('never errs while the stream keeps its shards, whatever it is asked', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), fc.array(fc.nat(5_000), { maxLength: 200 }), (shards, keys) => {
        const truth = (digits: string): string => shard(Number((BigInt(`0x${digits}`) * BigInt(shards)) / 2n ** 128n));
        const map = new ShardMap();
        for (const key of keys) {
          expect(map.shardOf(md5(key))).to.be.oneOf([undefined, truth(md5(key))]);
          expect(map.observe(md5(key), truth(md5(key)))).to.deep.equal([]);
          expect(map.shardOf(md5(key))).to.equal(truth(md5(key)));
        }
      }),
    );
  });

  it('knows nearly all of a stream after a thousand keys', () => {
    const map = new ShardMap();
    const truth = (digits: string): string => shard(Number.parseInt(digits[0]!, 16) >> 2);
    for (let key = 0; key < 1_000; key += 1) map.observe(md5(key), truth(md5(key)));
    let known = 0;
    for (let key = 1_000; key < 2_000; key += 1) if (map.shardOf(md5(key)) !== undefined) known += 1;
    expect(known).to.be.above(980);
  });
});
