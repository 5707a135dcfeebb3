import { hash } from 'node:crypto';
import database, { type HashKey } from 'kinesalite/db';

/** The place of a partition key among all of a stream, which decides its shard: its MD5 as a number. */
export const hashKeyOf = (partitionKey: string): HashKey => {
  const place = BigInt(`0x${hash('md5', partitionKey)}`);
  return {
    comparedTo: (other) => {
      const bound = BigInt(other);
      return place < bound ? -1 : place > bound ? 1 : 0;
    },
  };
};

/** kinesalite makes a decimal of any length of each key, and of the two ends of each shard for it. */
export const quickenHashKeys = (): void => {
  database.partitionKeyToHashKey = hashKeyOf;
};
