import type { SourceEvent } from '../../core/source-event.ts';
import type { Store } from '../explain-store.ts';

/**
 * What can be put back as one piece: a rejected event, a failed batch, which is put back whole or not at all, or a record that
 * is still on the stream.
 */
export interface SetAsideEntry {
  /** How an operator finds it: the Id of an item, the key of an object. */
  name: string;
  /** A reason of RejectedEvents, the condition for which Lambda gave a batch up, or the shard of a record. */
  reason: string;
  /** What was found; never the payload. */
  detail: string;
  /** When its first event arrived on the stream, ISO 8601, as far as that is known. */
  arrivedAt?: string;
  /** When it was set aside. Milliseconds since 1970. */
  setAsideAt: number;
  /** How many records it becomes on the stream, of one event or of several. */
  size: number;
  /** Its events as they were on the stream. @throws {EntryError} */
  events: (signal: AbortSignal) => Promise<SourceEvent[]>;
}

/** Where entries are. Its calls are retried already, and throw the last error of the service. */
export interface SetAsideStore extends Store {
  /** What its entries are called: `rejected event`, `failed batch`, `record`. */
  unit: string;
  /** Every entry, in the order of the store; an error in place of one that cannot be read. Holds few of them at a time. */
  entries: (signal: AbortSignal) => AsyncIterable<SetAsideEntry | EntryError>;
  /** How many entries one call of `remove` may name. */
  maxRemovals: number;
  /** Removes entries by their names. Called only after Kinesis took their events. Names that are gone already are fine. */
  remove: (names: readonly string[], signal: AbortSignal) => Promise<void>;
}

/** One entry that cannot be put back. It stays where it is, and the others go on. */
export class EntryError extends Error {
  override readonly name = 'EntryError';

  /** @param detail what was found, what was expected and what to do */
  constructor(entry: string, detail: string, options?: ErrorOptions) {
    super(`${entry}: ${detail}`, options);
  }
}

/** The entry, or the error for which there is none. Other errors are thrown: they are those of the store. */
export const orEntryError = async <T>(entry: () => T | Promise<T>): Promise<T | EntryError> => {
  try {
    return await entry();
  } catch (error) {
    if (error instanceof EntryError) return error;
    throw error;
  }
};
