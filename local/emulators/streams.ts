import { promisify } from 'node:util';
import createStream from 'kinesalite/actions/createStream';
import deleteStream from 'kinesalite/actions/deleteStream';
import putRecords, { type PutRecordsEntry } from 'kinesalite/actions/putRecords';
import type { KinesaliteStore } from 'kinesalite/db';

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
