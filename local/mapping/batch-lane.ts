import { once } from 'node:events';
import { Batcher } from '../../core/batch.ts';
import { INVOCATION_BYTES } from '../../core/limits.ts';
import { closeWindow, type DeliveryOptions, deliverBatch } from './deliver-batch.ts';
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
  /** The window in which the records of the batch that is filling lie. */
  #windowStart: number | undefined;
  #ended = false;
  /** Nothing is under way. */
  #isWaiting = false;
  #isOver = false;
  readonly #flushing: (() => void)[] = [];
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
    const windowStart = this.#options.window?.startOf(record);
    // A batch lies in one window.
    if (windowStart !== this.#windowStart) this.#makeReady(this.#batcher.take());
    this.#windowStart = windowStart;
    this.#makeReady(this.#batcher.add(record));
    // As with Lambda, a full batch waits neither for the record after it nor for its batching window.
    if (this.#batcher.isFull) this.#makeReady(this.#batcher.take());
    else if (!this.#batchingWindow) this.#startBatchingWindow();
  }

  /** Delivers what it holds without waiting for its batching window. Resolves when that is settled, or when the lane ends. */
  async flush(): Promise<void> {
    while (!this.#isOver && !(this.#isWaiting && this.#isEmpty)) {
      this.#isDue = true;
      this.#wake();
      await new Promise<void>((resolve) => {
        this.#flushing.push(resolve);
      });
    }
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
      if (batch) await this.#deliver(batch);
      else if (this.#ended) {
        await closeWindow(this.#options);
        break;
      } else await this.#wait();
    }
    this.#isOver = true;
    this.#flushed();
  }

  async #deliver(batch: readonly ReadRecord[]): Promise<void> {
    const { window } = this.#options;
    const start = window?.startOf(batch[0]!);
    if (window && start !== undefined && window.open?.start !== start) {
      await closeWindow(this.#options);
      window.begin(start);
    }
    await deliverBatch(batch, this.#options);
  }

  /** Waits for a batch, or for the end of the open window, which it closes then. */
  async #wait(): Promise<void> {
    const { clock, window } = this.#options;
    this.#isWaiting = true;
    this.#flushed();
    const woken = new AbortController();
    this.#wake = () => woken.abort();
    const end = this.#isEmpty ? window?.end : undefined;
    if (end === undefined) await once(woken.signal, 'abort');
    else await clock.sleep(Math.max(0, end - clock.now()), woken.signal);
    this.#isWaiting = false;
    if (end !== undefined && this.#isEmpty && clock.now() >= end) await closeWindow(this.#options);
  }

  #makeReady(batch: ReadRecord[] | undefined): void {
    if (!batch) return;
    this.#ready.push(batch);
    this.#stopBatchingWindow();
    this.#wake();
  }

  get #isEmpty(): boolean {
    return this.#ready.length === 0 && !this.#batchingWindow;
  }

  #flushed(): void {
    for (const resolve of this.#flushing.splice(0)) resolve();
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
