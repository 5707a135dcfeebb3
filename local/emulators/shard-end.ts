import { Readable } from 'node:stream';
import database, { type KinesaliteStore, type StoredRecord } from 'kinesalite/db';

/**
 * Lets kinesalite answer GetShardIterator with AT_TIMESTAMP where a shard has no record that is so new: it looks for the first one,
 * and never answers where there is none. AWS gives the place behind the last record.
 */
export const findShardEnds = (store: KinesaliteStore): void => {
  const { getStreamDb } = store;
  store.getStreamDb = (name) => {
    const records = getStreamDb(name);
    const ended: Partial<typeof records> = {
      // Only that search begins behind a key, which is that of the shard.
      createReadStream: (range) => {
        const read = records.createReadStream(range);
        return range.gt === undefined ? read : Readable.from(withEnd(read, range.gt));
      },
    };
    return Object.assign(Object.create(records), ended);
  };
};

/** The records of a shard, and a last one that is newer than all others. */
async function* withEnd(records: AsyncIterable<StoredRecord>, shard: string): AsyncGenerator<StoredRecord> {
  let last: string | undefined;
  for await (const record of records) {
    [, last] = record.key.split('/');
    yield record;
  }
  const next =
    last === undefined ? database.stringifySequence({ shardCreateTime: 0 }) : database.incrementSequence(last);
  yield { key: `${shard}/${next}`, value: { ApproximateArrivalTimestamp: Number.POSITIVE_INFINITY } };
}
