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

type Replies = Awaited<ReturnType<PutRecords>>;

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
  /** How long one request may stay unanswered, on a slow network too. @default the patience, but at least 30 s */
  requestMs?: number;
  /** How long a batch may wait for more events while another request is under way. Milliseconds. @default 20 */
  lingerMs?: number;
  /** Requests in flight at once. @default 4 */
  concurrency?: number;
  /** @default 50 ms doubling up to 5 s, with full jitter */
  backoff?: Backoff;
  random: () => number;
  now: () => number;
  /** Ends early, and without an error, once the signal is aborted: when the producer gives up. */
  sleep: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** Kinesis took nothing for longer than the client is willing to wait. */
export class OutOfPatienceError extends Error {
  override readonly name = 'OutOfPatienceError';
}

/** A request that was never answered. Whether it took effect nobody knows. */
class NoAnswerError extends Error {
  override readonly name = 'NoAnswerError';
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
  /** Ends the waits between tries. */
  readonly #gaveUp = new AbortController();

  constructor(options: ProducerOptions) {
    const requestMs = Math.max(30_000, options.patience.ms);
    this.#options = { lingerMs: 20, concurrency: 4, backoff: { baseMs: 50, capMs: 5_000 }, requestMs, ...options };
    const { concurrency } = this.#options;
    this.#maxPending = { events: concurrency * PUT_RECORDS.maxItems, bytes: concurrency * PUT_RECORDS.maxBytes };
  }

  async run(source: Source): Promise<Error | undefined> {
    const { signal } = this.#options;
    const stop = (): void => this.#giveUp(toError(signal.reason));
    signal.addEventListener('abort', stop);
    if (signal.aborted) stop();
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
      signal.removeEventListener('abort', stop);
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
    this.#pending.events += 1;
    this.#pending.bytes += bytesOf(event);
    const waiting = this.#held.get(event.partitionKey);
    if (waiting) waiting.push(event);
    else {
      this.#held.set(event.partitionKey, [event]);
      this.#advance(event.partitionKey);
    }
  }

  /** Sends the next event of a key on its way, as no other of that key is. */
  #advance(partitionKey: string): void {
    const waiting = this.#held.get(partitionKey) ?? [];
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const error = this.#error ?? tooLarge(next);
      if (!error) {
        this.#admit(next);
        return;
      }
      this.#conclude({ event: next, status: 'failed', error });
    }
    this.#held.delete(partitionKey);
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
    const { backoff, random, sleep, now } = this.#options;
    const started = now();
    let left = batch;
    for (let failures = 0; left.length > 0 && !this.#error; ) {
      const replies = await this.#put(left).catch(toError);
      let reason: string;
      if (replies instanceof Error) {
        if (!isRetryable(replies)) this.#giveUp(replies);
        reason = describeError(replies);
      } else {
        const refused = this.#settleTaken(left, replies);
        // Some were taken: Kinesis is there, and only slower than we are.
        if (refused.events.length < left.length) failures = 0;
        left = refused.events;
        reason = refused.reason;
      }
      if (left.length === 0 || this.#error) break;
      failures += 1;
      // As long as anyone waits, whatever a clock says that is not quite the timer's.
      const isUnanswered = replies instanceof NoAnswerError && (this.#lastSuccess ?? 0) <= started;
      if (isUnanswered || this.#isOutOfPatience(started)) this.#giveUp(new OutOfPatienceError(reason));
      else await sleep(fullJitter(backoff, failures, random()), this.#gaveUp.signal);
    }
    this.#inFlight -= 1;
    if (left.length > 0) this.#fail(left, this.#error!);
    this.#send();
  }

  /** One request, which ends when it is answered, when the producer is told to stop, or when patience is at an end. */
  #put(events: readonly SourceEvent[]): Promise<Replies> {
    const { putRecords, signal, requestMs } = this.#options;
    return new Promise((resolve, reject) => {
      const request = new AbortController();
      const end = (error: Error): void => {
        finish();
        reject(error);
        request.abort(error);
      };
      const onAbort = (): void => end(toError(signal.reason));
      const onTimeout = (): void => end(new NoAnswerError(`Kinesis did not answer for ${requestMs / 1000} s`));
      const timer = setTimeout(onTimeout, Math.min(requestMs, MAX_TIMER_MS));
      const finish = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', onAbort);
      };
      signal.addEventListener('abort', onAbort);
      putRecords(events, request.signal).then(resolve, reject).finally(finish);
    });
  }

  /** @returns the events that were refused, in their order, and why the last of them was */
  #settleTaken(events: readonly SourceEvent[], replies: Replies): { events: SourceEvent[]; reason: string } {
    const refused: SourceEvent[] = [];
    let reason = '';
    for (const [index, event] of events.entries()) {
      const reply = replies[index] ?? { refused: 'no answer' };
      if ('refused' in reply) {
        refused.push(event);
        reason = reply.refused;
      } else {
        this.#lastSuccess = this.#options.now();
        this.#settle({ event, status: 'sent', ...reply });
      }
    }
    return { events: refused, reason };
  }

  #isOutOfPatience(started: number): boolean {
    const { now, patience } = this.#options;
    const waited = now() - Math.max(started, this.#lastSuccess ?? 0);
    return waited > (this.#lastSuccess === undefined ? patience.firstMs : patience.ms);
  }

  #giveUp(error: Error): void {
    if (this.#error) return;
    this.#error = error;
    this.#gaveUp.abort();
    this.#options.stopSource();
    this.#send();
  }

  #fail(events: readonly SourceEvent[], error: Error): void {
    for (const event of events) this.#settle({ event, status: 'failed', error });
  }

  /** The event was on its way; now the next one of its key is. */
  #settle(outcome: Outcome): void {
    this.#conclude(outcome);
    this.#advance(outcome.event.partitionKey);
  }

  #conclude(outcome: Outcome): void {
    this.#pending.events -= 1;
    this.#pending.bytes -= bytesOf(outcome.event);
    this.#options.onOutcome(outcome);
    this.#wake();
  }
}

const tooLarge = (event: SourceEvent): EventTooLargeError | undefined => {
  const bytes = bytesOf(event);
  if (bytes <= MAX_RECORD_BYTES) return undefined;
  return new EventTooLargeError(
    `an event of ${bytes} bytes with its partition key; a record holds at most ${MAX_RECORD_BYTES}`,
  );
};

/** A longer one would fire at once. https://nodejs.org/api/timers.html#settimeoutcallback-delay-args */
const MAX_TIMER_MS = 2 ** 31 - 1;

const bytesOf = ({ partitionKey, data }: SourceEvent): number => Buffer.byteLength(partitionKey) + data.length;

const toError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)));
