import { join } from 'node:path';
import kinesalite from 'kinesalite';
import kinesaliteDb, { type KinesaliteStore } from 'kinesalite/db';
import { defined } from '../../core/defined.ts';
import { type Emulated, withStore } from './caught-store.ts';
import { unlocking } from './guard.ts';

/** @param folder for what it holds. @default in memory */
export const openKinesis = (folder?: string): Emulated<KinesaliteStore> => {
  const path = defined({ path: folder === undefined ? undefined : join(folder, 'kinesis') });
  const emulated = withStore(kinesaliteDb, () =>
    kinesalite({ createStreamMs: 0, deleteStreamMs: 0, updateStreamMs: 0, shardLimit: 1000, ...path }),
  );
  const { metaDb } = emulated.store;
  metaDb.lock = unlocking(metaDb.lock);
  return emulated;
};

/** Tells of records that are put on a stream, one or many at once. Changes of tables are records too. */
export const countPuts = (store: KinesaliteStore, onPut: (stream: string, records: number) => void): void => {
  const { getStreamDb } = store;
  store.getStreamDb = (name) => {
    const records = getStreamDb(name);
    const counting: Partial<typeof records> = {
      put: (key, record, callback) => {
        onPut(name, 1);
        records.put(key, record, callback);
      },
      batch: (operations, options, callback) => {
        onPut(name, operations.length);
        records.batch(operations, options, callback);
      },
    };
    return Object.assign(Object.create(records), counting);
  };
};
