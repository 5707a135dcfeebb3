import { hash } from 'node:crypto';

/** Bits of a hash key that a number holds exactly. A hash key has 128. */
const BITS = 48;
const DIGITS = BITS / 4;

/**
 * The shard of a record, counted from 0: the shards divide the hash keys equally, and the MD5 of the partition key is the hash
 * key, where the record does not bring its own.
 * https://docs.aws.amazon.com/streams/latest/dev/key-concepts.html#partition-key
 *
 * @param explicitHashKey in decimal digits
 */
export const shardOf = (partitionKey: string, shards: number, explicitHashKey?: string): number => {
  if (shards === 1) return 0;
  const top =
    explicitHashKey === undefined
      ? Number.parseInt(hash('md5', partitionKey).slice(0, DIGITS), 16)
      : Number(BigInt(explicitHashKey) >> BigInt(128 - BITS));
  return Math.floor((top / 2 ** BITS) * shards);
};

/** `shardId-000000000007` */
export const shardIdOf = (shard: number): string => `shardId-${String(shard).padStart(12, '0')}`;
