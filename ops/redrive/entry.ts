import type { SourceEvent } from '../../core/source-event.ts';

/** What was set aside: one rejected event, or one failed batch, which is put back whole or not at all. */
export interface Entry {
  /** How an operator finds it: the Id of an item, the key of an object. */
  name: string;
  /** A reason of RejectedEvents, or the condition for which Lambda gave a batch up. */
  reason: string;
  /** What was found; never the payload. */
  detail: string;
  /** When its first event arrived on the stream, ISO 8601, as far as that is known. */
  arrivedAt?: string;
  /** When it was set aside. Milliseconds since 1970. */
  setAsideAt: number;
  /** How many events it holds. */
  size: number;
  /** Its events as they were on the stream. @throws {EntryError} */
  events: (signal: AbortSignal) => Promise<SourceEvent[]>;
}

/** Where entries lie. Each call is made once or until patience ends, and throws what the service said. */
export interface Place {
  /** For a person, as in `the table "x"`. */
  name: string;
  /** What its entries are called: `rejected event`, `failed batch`. */
  unit: string;
  /** What redrive needs to be allowed. */
  permissions: string;
  /** Its region or endpoint, for a person. */
  where: string;
  /** Every entry, in the order of the place; an error in place of one that cannot be read. Holds one page at a time. */
  entries: (signal: AbortSignal) => AsyncIterable<Entry | EntryError>;
  /** How many entries one call of `remove` may name. */
  maxRemovals: number;
  /** Removes entries by their names, each only once its events are acknowledged. Names that are gone already are fine. */
  remove: (names: readonly string[], signal: AbortSignal) => Promise<void>;
}

/** One entry that cannot be put back. It stays where it is, and the others go on. */
export class EntryError extends Error {
  override readonly name = 'EntryError';
  readonly entry: string;

  /** @param detail what was found, what was expected and what to do */
  constructor(entry: string, detail: string, options?: ErrorOptions) {
    super(`${entry}: ${detail}`, options);
    this.entry = entry;
  }
}
