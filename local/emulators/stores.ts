import type { Server } from 'node:http';
import { join } from 'node:path';
import { promisify } from 'node:util';
import dynalite from 'dynalite';
import dynaliteDb, { type DynaliteStore } from 'dynalite/db';
import kinesalite from 'kinesalite';
import createStream from 'kinesalite/actions/createStream';
import deleteStream from 'kinesalite/actions/deleteStream';
import putRecords, { type PutRecordsEntry } from 'kinesalite/actions/putRecords';
import kinesaliteDb, { type KinesaliteStore } from 'kinesalite/db';
import { defined } from '../../core/defined.ts';

export interface Emulated<Store> {
  server: Server;
  /** Where the emulator keeps what it holds. */
  store: Store;
}

/** Each emulator makes its store for itself and hands it to nobody, so it is caught where it is made. */
const withStore = <Options, Store>(
  database: { create: (options: Options) => Store },
  start: () => Server,
): Emulated<Store> => {
  const { create } = database;
  let store: Store | undefined;
  database.create = (options) => {
    store = create(options);
    return store;
  };
  try {
    const server = start();
    if (!store) throw new Error('the emulator made no store; expected it to call create of its db module');
    return { server, store };
  } finally {
    database.create = create;
  }
};

/** @param folder for what it holds. @default in memory */
export const openKinesis = (folder?: string): Emulated<KinesaliteStore> => {
  const path = defined({ path: folder === undefined ? undefined : join(folder, 'kinesis') });
  return withStore(kinesaliteDb, () =>
    kinesalite({ createStreamMs: 0, deleteStreamMs: 0, updateStreamMs: 0, shardLimit: 1000, ...path }),
  );
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

/** @param folder for what it holds. @default in memory */
export const openDynamoDb = (folder?: string): Emulated<DynaliteStore> => {
  const path = defined({ path: folder === undefined ? undefined : join(folder, 'dynamodb') });
  return withStore(dynaliteDb, () => dynalite({ createTableMs: 0, deleteTableMs: 0, updateTableMs: 0, ...path }));
};

/** The streams of kinesalite, from within its thread. */
export class Streams {
  readonly #store: KinesaliteStore;
  readonly #createStream = promisify(createStream);
  readonly #deleteStream = promisify(deleteStream);
  readonly #putRecords = promisify(putRecords);

  constructor(store: KinesaliteStore) {
    this.#store = store;
  }

  /** Resolves when the stream takes records. Rejects as the API does, for example because there is one of that name. */
  async create(StreamName: string, ShardCount: number): Promise<void> {
    await this.#createStream(this.#store, { StreamName, ShardCount });
    while ((await this.#status(StreamName)) !== 'ACTIVE') await new Promise(setImmediate);
  }

  /** Resolves when the stream is gone, also where there was none. */
  async remove(StreamName: string): Promise<void> {
    if ((await this.#status(StreamName)) === undefined) return;
    await this.#deleteStream(this.#store, { StreamName });
    while ((await this.#status(StreamName)) !== undefined) await new Promise(setImmediate);
  }

  /** Without the API's limits of count and size: a change may hold two items of 400 KB. */
  async put(StreamName: string, Records: readonly PutRecordsEntry[]): Promise<void> {
    await this.#putRecords(this.#store, { StreamName, Records });
  }

  #status(name: string): Promise<string | undefined> {
    return new Promise((resolve) => {
      this.#store.getStream(name, (error, stream) => resolve(error ? undefined : stream?.StreamStatus));
    });
  }
}
