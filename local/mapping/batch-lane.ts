import { Batcher } from '../../core/batch.ts';
import { INVOCATION_BYTES } from '../../core/limits.ts';
import { type DeliveryOptions, deliverBatch } from './deliver-batch.ts';
import type { ReadRecord } from './stream-record.ts';

/** Bytes of an event around its records. */
const FRAME_BYTES = 1_024;

/** Batches that a lane holds before its shard is read on. */
const MAX_READY = 4;

/**
 * Cuts the records of a shard into batches and delivers one batch at a time. A shard has as many lanes as its
 * `parallelizationFactor`; all records of a partition key take the same lane, so they stay in order.
 */
export class Lane {
  readonly #options: DeliveryOptions;
  readonly #batcher: Batcher<ReadRecord>;
  readonly #ready: ReadRecord[][] = [];
  /** Stops the batching window of the batch that is filling. */
  #batchingWindow: AbortController | undefined;
  /** The batching window is over: the next batch need not be full. */
  #isDue = false;
  #ended = false;
  #wake = () => {};
  #makeRoom = () => {};

  constructor(options: DeliveryOptions) {
    this.#options = options;
    const { settings, signal } = options;
    const limits = { maxItems: settings.batchSize, maxBytes: INVOCATION_BYTES - FRAME_BYTES };
    this.#batcher = new Batcher(limits, ({ bytes }) => bytes);
    signal.addEventListener('abort', () => {
      this.#stopBatchingWindow();
      this.#wake();
      this.#makeRoom();
    });
  }

  push(record: ReadRecord): void {
    const full = this.#batcher.add(record);
    if (full) {
      this.#ready.push(full);
      this.#stopBatchingWindow();
      this.#wake();
    }
    if (!this.#batchingWindow) this.#startBatchingWindow();
  }

  /** Resolves when the lane holds few enough batches for the shard to be read on. */
  async room(): Promise<void> {
    while (this.#ready.length > MAX_READY && !this.#options.signal.aborted)
      await new Promise<void>((resolve) => {
        this.#makeRoom = resolve;
      });
  }

  /** No more records come. The batch that is filling is delivered without waiting for its batching window. */
  end(): void {
    this.#ended = true;
    this.#wake();
  }

  /** Delivers batches. Resolves when everything is delivered after `end`, or when the signal is aborted. */
  async run(): Promise<void> {
    while (!this.#options.signal.aborted) {
      const batch = this.#next();
      this.#makeRoom();
      if (batch) await deliverBatch(batch, this.#options);
      else if (this.#ended) return;
      else
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
    }
  }

  #next(): ReadRecord[] | undefined {
    const full = this.#ready.shift();
    if (full || !(this.#isDue || this.#ended)) return full;
    this.#stopBatchingWindow();
    return this.#batcher.take();
  }

  #startBatchingWindow(): void {
    const { clock, settings } = this.#options;
    const stop = new AbortController();
    const { signal } = stop;
    this.#batchingWindow = stop;
    clock.sleep(settings.maximumBatchingWindowInSeconds * 1000, signal).then(() => {
      if (signal.aborted) return;
      this.#isDue = true;
      this.#wake();
    });
  }

  #stopBatchingWindow(): void {
    this.#batchingWindow?.abort();
    this.#batchingWindow = undefined;
    this.#isDue = false;
  }
}
