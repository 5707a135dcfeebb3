import { type Backoff, fullJitter } from '../core/backoff.ts';
import { Batcher, type BatchLimits } from '../core/batch.ts';
import { describeError, isRetryable } from '../core/service-error.ts';
import type { SourceEvent } from '../core/source-event.ts';
import type { Source } from './sources/source.ts';

/** All the producer needs of Kinesis: an answer for each event, in their order. Throws where the whole call failed. */
export type PutRecords = (
  events: readonly SourceEvent[],
  signal: AbortSignal,
) => Promise<({ shardId: string; sequenceNumber: string } | { refused: string })[]>;

/** What became of one event. */
export type Outcome =
  | { event: SourceEvent; status: 'sent'; shardId: string; sequenceNumber: string }
  | { event: SourceEvent; status: 'failed'; error: Error };

/**
 * What one request may carry, partition keys included. AWS takes 10 MiB since October 2025, other implementations 5 MiB.
 * https://docs.aws.amazon.com/kinesis/latest/APIReference/API_PutRecords.html
 */
export const PUT_RECORDS: BatchLimits = { maxItems: 500, maxBytes: 5 * 1024 * 1024 };

/** Bytes of one record, its partition key included, on a stream that does not ask for more. */
export const MAX_RECORD_BYTES = 1024 * 1024;

export interface ProducerOptions {
  putRecords: PutRecords;
  /** Called once for each event, as soon as its fate is known. */
  onOutcome: (outcome: Outcome) => void;
  /** Ends the source, since what it yields could not be delivered. */
  stopSource: () => void;
  /** Gives up at once what is not delivered yet. */
  signal: AbortSignal;
  /** How long Kinesis may take nothing at all before the producer gives up: before the first success, and after it. */
  patience: { firstMs: number; ms: number };
  /** How long a batch may wait for more events while another request is under way. Milliseconds. @default 20 */
  lingerMs?: number;
  /** Requests in flight at once. @default 4 */
  concurrency?: number;
  /** @default 50 ms doubling up to 5 s, with full jitter */
  backoff?: Backoff;
  random: () => number;
  now: () => number;
  /** Ends early, and without an error, once the signal is aborted. */
  sleep: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** Kinesis took nothing for longer than the client is willing to wait. */
export class OutOfPatienceError extends Error {
  override readonly name = 'OutOfPatienceError';
}

/** An event that no record can hold. */
export class EventTooLargeError extends Error {
  override readonly name = 'EventTooLargeError';
}

/**
 * Puts the events of a source on the stream: in batches, several requests in flight, resending only what was refused.
 * It pulls from the source no faster than Kinesis takes. The events of one partition key stay in order: the next one
 * goes out only after the one before it was acknowledged, since Kinesis keeps no order across what it refuses.
 *
 * @returns once every event has its outcome: nothing, or the error for which the producer gave up
 */
export const produce = (source: Source, options: ProducerOptions): Promise<Error | undefined> =>
  new Producer(options).run(source);

class Producer {
  readonly #options: Required<ProducerOptions>;
  readonly #batcher = new Batcher(PUT_RECORDS, bytesOf);
  readonly #maxPending: { events: number; bytes: number };
  /** Batches that wait for a request to end. */
  readonly #ready: SourceEvent[][] = [];
  /** For each partition key on its way, the events that wait for it. */
  readonly #held = new Map<string, SourceEvent[]>();
  #pending = { events: 0, bytes: 0 };
  #inFlight = 0;
  #flush: NodeJS.Timeout | undefined;
  #wake = () => {};
  #lastSuccess: number | undefined;
  #error: Error | undefined;

  constructor(options: ProducerOptions) {
    this.#options = { lingerMs: 20, concurrency: 4, backoff: { baseMs: 50, capMs: 5_000 }, ...options };
    const { concurrency } = this.#options;
    this.#maxPending = { events: concurrency * PUT_RECORDS.maxItems, bytes: concurrency * PUT_RECORDS.maxBytes };
  }

  async run(source: Source): Promise<Error | undefined> {
    try {
      for await (const event of source) {
        this.#take(event);
        while (this.#pending.events >= this.#maxPending.events || this.#pending.bytes >= this.#maxPending.bytes)
          await this.#change();
      }
    } finally {
      while (this.#pending.events > 0) {
        const change = this.#change();
        this.#send();
        await change;
      }
      clearTimeout(this.#flush);
    }
    return this.#error;
  }

  /** Resolves when an event got its outcome. */
  #change(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  #take(event: SourceEvent): void {
    const bytes = bytesOf(event);
    if (bytes > MAX_RECORD_BYTES) {
      const detail = `an event of ${bytes} bytes with its partition key; a record holds at most ${MAX_RECORD_BYTES}`;
      this.#options.onOutcome({ event, status: 'failed', error: new EventTooLargeError(detail) });
      return;
    }
    this.#pending.events += 1;
    this.#pending.bytes += bytes;
    const waiting = this.#held.get(event.partitionKey);
    if (waiting) waiting.push(event);
    else {
      this.#held.set(event.partitionKey, []);
      this.#admit(event);
    }
  }

  #admit(event: SourceEvent): void {
    const full = this.#batcher.add(event);
    if (full) {
      this.#ready.push(full);
      this.#pump();
    }
    // Where nothing is on its way there is nothing to wait for but what the source has at hand.
    this.#flush ??= setTimeout(() => this.#send(), this.#inFlight === 0 ? 0 : this.#options.lingerMs);
  }

  #send(): void {
    clearTimeout(this.#flush);
    this.#flush = undefined;
    if (this.#inFlight < this.#options.concurrency || this.#error) {
      const batch = this.#batcher.take();
      if (batch) this.#ready.push(batch);
    }
    this.#pump();
  }

  #pump(): void {
    while (this.#ready.length > 0 && (this.#inFlight < this.#options.concurrency || this.#error)) {
      const batch = this.#ready.shift()!;
      if (this.#error) this.#fail(batch, this.#error);
      else void this.#deliver(batch);
    }
  }

  async #deliver(batch: SourceEvent[]): Promise<void> {
    this.#inFlight += 1;
    const started = this.#options.now();
    let left = batch;
    for (let failures = 0; left.length > 0 && !this.#error; ) {
      let reason = '';
      try {
        const replies = await this.#options.putRecords(left, this.#options.signal);
        const refused: SourceEvent[] = [];
        for (const [index, event] of left.entries()) {
          const reply = replies[index] ?? { refused: 'no answer' };
          if ('refused' in reply) {
            refused.push(event);
            reason = reply.refused;
          } else {
            this.#lastSuccess = this.#options.now();
            this.#settle({ event, status: 'sent', ...reply });
          }
        }
        // Some were taken: Kinesis is there, and only slower than we are.
        if (refused.length < left.length) failures = 0;
        left = refused;
      } catch (error) {
        if (this.#options.signal.aborted || !isRetryable(error)) {
          this.#giveUp(toError(error));
          break;
        }
        reason = describeError(error);
      }
      if (left.length === 0) break;
      failures += 1;
      if (this.#isOutOfPatience(started)) {
        this.#giveUp(new OutOfPatienceError(reason));
        break;
      }
      const { backoff, random, sleep, signal } = this.#options;
      await sleep(fullJitter(backoff, failures, random()), signal);
    }
    this.#inFlight -= 1;
    if (left.length > 0) this.#fail(left, this.#error ?? new OutOfPatienceError('stopped'));
    this.#send();
  }

  #isOutOfPatience(started: number): boolean {
    const { now, patience } = this.#options;
    const waited = now() - Math.max(started, this.#lastSuccess ?? 0);
    return waited > (this.#lastSuccess === undefined ? patience.firstMs : patience.ms);
  }

  #giveUp(error: Error): void {
    this.#error ??= error;
    this.#options.stopSource();
  }

  #fail(events: readonly SourceEvent[], error: Error): void {
    for (const event of events) this.#settle({ event, status: 'failed', error });
  }

  #settle(outcome: Outcome): void {
    const { event } = outcome;
    this.#pending.events -= 1;
    this.#pending.bytes -= bytesOf(event);
    this.#options.onOutcome(outcome);
    const next = this.#held.get(event.partitionKey)?.shift();
    if (next) this.#admit(next);
    else this.#held.delete(event.partitionKey);
    this.#wake();
  }
}

const bytesOf = ({ partitionKey, data }: SourceEvent): number => Buffer.byteLength(partitionKey) + data.length;

const toError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)));
