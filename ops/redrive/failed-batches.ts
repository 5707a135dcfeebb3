import { type Entry, EntryError, type Place } from './entry.ts';
import { toFailedBatchEntry } from './failed-batch.ts';

/** All that redrive needs of a bucket or a folder. */
export interface ObjectStore {
  /** For a person, as in `the bucket "x"`. */
  name: string;
  permissions: string;
  /** Its region or endpoint, for a person. */
  where: string;
  /** Every key with its size in bytes, in the order of the keys. */
  list: (signal: AbortSignal) => AsyncIterable<{ key: string; bytes: number }>;
  /** The bytes of an object; `undefined` where it is gone. */
  read: (key: string, signal: AbortSignal) => Promise<Uint8Array | undefined>;
  /** One that is gone already is fine. */
  remove: (key: string, signal: AbortSignal) => Promise<void>;
}

/** No failed batch is larger: an invocation carries at most 6 MB, and a text of JSON in JSON may double it. */
const MAX_BYTES = 32 * 1024 * 1024;

/** The failed batches of a store, one in memory at a time. Their keys begin with the shard and end with the time. */
export const failedBatches = (store: ObjectStore): Place => ({
  name: store.name,
  unit: 'failed batch',
  permissions: store.permissions,
  where: store.where,
  entries: async function* (signal) {
    for await (const { key, bytes } of store.list(signal)) {
      const entry = await entryOrError(store, key, bytes, signal);
      if (entry) yield entry;
    }
  },
  maxRemovals: 1,
  remove: async (names, signal) => {
    for (const name of names) await store.remove(name, signal);
  },
});

const entryOrError = async (
  store: ObjectStore,
  key: string,
  bytes: number,
  signal: AbortSignal,
): Promise<Entry | EntryError | undefined> => {
  try {
    if (bytes > MAX_BYTES)
      throw new EntryError(
        key,
        `it is no failed batch: ${bytes} bytes; expected at most ${MAX_BYTES}; move it elsewhere`,
      );
    const body = await store.read(key, signal);
    return body && toFailedBatchEntry(key, body);
  } catch (error) {
    if (error instanceof EntryError) return error;
    throw error;
  }
};
