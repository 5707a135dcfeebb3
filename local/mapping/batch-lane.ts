import type { KinesisStreamRecord } from 'aws-lambda';
import { Batcher } from '../../core/batch.ts';
import { INVOCATION_BYTES } from '../../core/limits.ts';
import { type DeliveryOptions, deliverBatch } from './deliver-batch.ts';
import { MAX_STATE_BYTES } from './tumbling-window.ts';

export interface LaneOptions extends DeliveryOptions {
  /** Bytes of a record in an event. */
  sizeOf: (record: KinesisStreamRecord) => number;
}

/** Bytes of an event around its records. */
const FRAME_BYTES = 1_024;

/** Batches that a lane holds before its shard is read on. */
const MAX_READY = 4;

/** One of the batches of a shard that may be under way at once. All records of a partition key take the same lane. */
export class Lane {
  readonly #options: LaneOptions;
  readonly #batcher: Batcher<KinesisStreamRecord>;
  readonly #ready: KinesisStreamRecord[][] = [];
  #timer: NodeJS.Timeout | undefined;
  /** The first record has waited as long as it may: the next batch need not be full. */
  #isDue = false;
  /** Where the tumbling window of the batch that is filling starts. */
  #filling: number | undefined;
  /** When the lane last held everything that the shard had. */
  #caughtUpAt = Number.NEGATIVE_INFINITY;
  #ended = false;
  #wake = () => {};
  #makeRoom = () => {};

  constructor(options: LaneOptions) {
    this.#options = options;
    const { settings, sizeOf, signal, window } = options;
    const maxBytes = INVOCATION_BYTES - FRAME_BYTES - (window ? MAX_STATE_BYTES : 0);
    this.#batcher = new Batcher({ maxItems: settings.batchSize, maxBytes }, sizeOf);
    signal.addEventListener('abort', () => {
      clearTimeout(this.#timer);
      this.#wake();
      this.#makeRoom();
    });
  }

  push(record: KinesisStreamRecord): void {
    const { settings, window } = this.#options;
    // A batch lies within one window.
    const start = window?.startOf(record);
    const before = start === this.#filling ? undefined : this.#batcher.take();
    this.#filling = start;
    const full = this.#batcher.add(record) ?? before;
    if (full) {
      this.#ready.push(full);
      this.#stopTimer();
    }
    this.#timer ??= setTimeout(() => this.#cut(), settings.maximumBatchingWindowInSeconds * 1000);
    if (full) this.#wake();
  }

  /** The shard has nothing more at this time, in milliseconds since 1970: a tumbling window that lies before it is over. */
  caughtUp(now: number): void {
    const { window } = this.#options;
    if (!window) return;
    this.#caughtUpAt = now;
    if (window.isOver(now)) this.#cut();
  }

  /** Resolves when the lane has little enough in store for the shard to be read on. */
  async room(): Promise<void> {
    while (this.#ready.length > MAX_READY && !this.#options.signal.aborted)
      await new Promise<void>((resolve) => {
        this.#makeRoom = resolve;
      });
  }

  /** No more records come; what is there is still delivered. */
  end(): void {
    this.#ended = true;
    this.#wake();
  }

  /** Ends when everything is delivered after `end`, or when the signal is aborted. */
  async run(): Promise<void> {
    const { signal, window } = this.#options;
    while (!signal.aborted) {
      const batch = this.#next();
      this.#makeRoom();
      if (batch) {
        if (window && !(await window.enter(batch[0]!, this.#options))) return;
        await deliverBatch(batch, this.#options);
      } else if (window?.isOver(this.#caughtUpAt)) await window.end(this.#options);
      else if (this.#ended) {
        await window?.end(this.#options);
        return;
      } else
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
    }
  }

  #next(): KinesisStreamRecord[] | undefined {
    const full = this.#ready.shift();
    if (full || !(this.#isDue || this.#ended)) return full;
    this.#stopTimer();
    return this.#batcher.take();
  }

  /** What there is makes up the next batch. */
  #cut(): void {
    this.#isDue = true;
    this.#wake();
  }

  #stopTimer(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#isDue = false;
  }
}
