/** What one request of a service may carry. */
export interface BatchLimits {
  maxItems: number;
  maxBytes: number;
}

/** Collects items in order until the next one would not fit into one request. */
export class Batcher<T> {
  readonly #limits: BatchLimits;
  readonly #sizeOf: (item: T) => number;
  #items: T[] = [];
  #bytes = 0;

  /** @param sizeOf the bytes an item takes, bytes and not characters */
  constructor(limits: BatchLimits, sizeOf: (item: T) => number) {
    this.#limits = limits;
    this.#sizeOf = sizeOf;
  }

  /** Whether no other item fits into the batch so far. */
  get isFull(): boolean {
    return this.#items.length >= this.#limits.maxItems || this.#bytes >= this.#limits.maxBytes;
  }

  /** Takes the item and returns the batch before it, where the item did not fit into that one any more. */
  add(item: T): T[] | undefined {
    const bytes = this.#sizeOf(item);
    const before = this.isFull || this.#bytes + bytes > this.#limits.maxBytes ? this.take() : undefined;
    this.#items.push(item);
    this.#bytes += bytes;
    return before;
  }

  /** The batch so far, where there is one; the next begins empty. */
  take(): T[] | undefined {
    if (this.#items.length === 0) return undefined;
    const items = this.#items;
    this.#items = [];
    this.#bytes = 0;
    return items;
  }
}

/**
 * Cuts items into batches in their order, each batch when it is asked for. An item larger than `maxBytes` gets a batch of its
 * own.
 */
export function* inBatches<T>(items: Iterable<T>, limits: BatchLimits, sizeOf: (item: T) => number): Generator<T[]> {
  const batcher = new Batcher(limits, sizeOf);
  for (const item of items) {
    const batch = batcher.add(item);
    if (batch) yield batch;
  }
  const rest = batcher.take();
  if (rest) yield rest;
}

/** Cuts items into batches of so many. The last may have fewer. */
export const chunks = <T>(items: Iterable<T>, size: number): Generator<T[]> =>
  inBatches(items, { maxItems: size, maxBytes: Number.POSITIVE_INFINITY }, () => 0);
