import type { PutRecords, Taken } from '../../aws/kinesis.ts';
import { isRetryable } from '../../aws/service-error.ts';
import type { BatchLimits } from '../../core/batch.ts';
import { describeError } from '../../core/describe-error.ts';
import { PUT_RECORDS, RECORD_BYTES } from '../../core/limits.ts';
import { type Backoff, fullJitter } from '../../core/retry.ts';
import type { SourceEvent } from '../../core/source-event.ts';
import type { Source } from '../sources/source.ts';
import { KeyOrder } from './key-order.ts';
import { answered, NoAnswerError } from './no-answer.ts';
import { eventsIn, itemsOf, type Parcel, type Pending, pending } from './parcel.ts';
import type { Lane } from './shard-lane.ts';
import { Lanes } from './shard-lanes.ts';
import { unitsOf } from './shard-pace.ts';

type Replies = Awaited<ReturnType<PutRecords>>;

/** What became of one event. */
export type Outcome =
  | { event: SourceEvent; status: 'sent'; shardId: string; sequenceNumber: string }
  | { event: SourceEvent; status: 'failed'; error: Error };

/** From when on more events in the same request are not worth waiting for. */
const FULL = { plain: PUT_RECORDS, aggregated: { maxItems: 4_000, maxBytes: 1024 * 1024 } };

export interface ProducerOptions {
  putRecords: PutRecords;
  /** Called once for each event, as soon as its fate is known. */
  onOutcome: (outcome: Outcome) => void;
  /** Ends the source, since what it yields could not be delivered. */
  stopSource: () => void;
  /** Gives up at once what is not delivered yet. */
  signal: AbortSignal;
  /** How long Kinesis may take nothing at all before the producer gives up: before its first answer, and after it. */
  patience: { firstMs: number; ms: number };
  /**
   * Keeps the events of a partition key in order, whatever Kinesis refuses: the next one goes out only after the one before it
   * was acknowledged, or in the same record as that one.
   * @default false
   */
  ordered?: boolean;
  /**
   * Lets small events of one shard share a record, in the format of the KPL; where they are kept in order, those of one
   * partition key alone, since a reshard may take such a record to another shard than some of its keys belong to.
   * @default false
   */
  aggregate?: boolean;
  /** Bytes of one record, its partition key included. @default 1 MiB */
  recordLimit?: number;
  /** How long one request may stay unanswered, on a slow network too. @default the patience, but at least 30 s */
  requestMs?: number;
  /** How long an event may wait for others while a request is under way. Milliseconds. @default 20 */
  lingerMs?: number;
  /** Requests in flight at once, at the most. @default 8 */
  concurrency?: number;
  /** What is taken from the source and not settled yet; then the source waits. @default 10,000 events and 32 MiB */
  maxPending?: { events: number; bytes: number };
  /** @default 50 ms doubling up to 5 s, with full jitter */
  backoff?: Backoff;
  random: () => number;
  /** Milliseconds; only differences matter. */
  now: () => number;
  /** Ends early, and without an error, once the signal is aborted. */
  sleep: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** What became of the events, and where they are. */
export interface ProducerCounts {
  taken: number;
  sent: number;
  failed: number;
  /** In a request at this moment. */
  inFlight: number;
  /** How often one had to be sent again, for whatever reason. */
  retried: number;
  /** How often one was refused, by a shard that had enough. */
  refused: number;
  /** How often one shared a record that a reshard took to another shard than its own, and was sent again. */
  misplaced: number;
}

/** Where the work stands. */
export interface ProducerStatistics extends ProducerCounts {
  /** Calls, and the records and their bytes in them, those that were refused too. */
  requests: number;
  records: number;
  bytes: number;
  /** In the order in which they were met. */
  shards: {
    shardId: string;
    sent: number;
    /** Records, each time. */
    refused: number;
    /** Records a second, or as many bytes as a shard takes for them; undefined where it is not slowed down. */
    limit?: number;
  }[];
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
 * Puts the events of a source on the stream, see {@link Producer}.
 *
 * @returns once every event has its outcome: nothing, or the error for which the producer gave up
 */
export const produce = (source: Source, options: ProducerOptions): Promise<Error | undefined> =>
  new Producer(options).run(source);

/**
 * Puts events on the stream: in batches, several requests in flight, sending again only what was refused. It pulls from the
 * source no faster than Kinesis takes, and sends to no shard faster than that one takes.
 */
export class Producer {
  readonly #options: Required<ProducerOptions>;
  readonly #full: BatchLimits;
  readonly #order: KeyOrder | undefined;
  readonly #lanes: Lanes;
  readonly #counts = { taken: 0, sent: 0, failed: 0, inFlight: 0, retried: 0, refused: 0, misplaced: 0 };
  readonly #calls = { requests: 0, records: 0, bytes: 0 };
  readonly #shards = new Map<string, { sent: number; refused: number }>();
  #pending = { events: 0, bytes: 0 };
  /** Taken since the last request. */
  #fresh = 0;
  /** Requests. */
  #inFlight = 0;
  /** How many there may be: one at first, and twice as many after each that was taken whole. */
  #window = 1;
  /** Until when what waits may wait for more. */
  #lingersUntil = 0;
  /** After a call that failed as a whole. */
  #restsUntil = 0;
  /** Such calls in a row. */
  #failures = 0;
  /** Whether nothing more comes before something is settled. */
  #isFlushing = false;
  /** When the producer looks again what is worth sending. */
  #alarm: { at: number; off: AbortController } | undefined;
  #wake = () => {};
  #lastSuccess: number | undefined;
  /** Whether Kinesis has ever answered for records, be it that it refused them. */
  #hasAnswered = false;
  /** Since when something waits for an answer. */
  #since = 0;
  #error: Error | undefined;

  constructor(options: ProducerOptions) {
    this.#options = {
      ordered: false,
      aggregate: false,
      recordLimit: RECORD_BYTES.byDefault,
      requestMs: Math.max(30_000, options.patience.ms),
      lingerMs: 20,
      concurrency: 8,
      maxPending: { events: 10_000, bytes: 32 * 1024 * 1024 },
      backoff: { baseMs: 50, capMs: 5_000 },
      ...options,
    };
    const { aggregate, ordered, recordLimit } = this.#options;
    this.#full = aggregate ? FULL.aggregated : FULL.plain;
    this.#order = ordered ? new KeyOrder() : undefined;
    // A request holds at least one record, however large.
    const limits = { ...PUT_RECORDS, maxBytes: Math.max(PUT_RECORDS.maxBytes, recordLimit) };
    this.#lanes = new Lanes({ aggregate, limits, recordLimit, ...(this.#order && { order: this.#order }) });
  }

  /** Changes as the work goes on. */
  get counts(): Readonly<ProducerCounts> {
    return this.#counts;
  }

  get statistics(): ProducerStatistics {
    const shards = [...this.#shards].map(([shardId, counts]) => {
      const limit = this.#lanes.limitOf(shardId);
      return { shardId, ...counts, ...(limit !== undefined && { limit: Math.round(limit) }) };
    });
    return { ...this.#counts, ...this.#calls, shards };
  }

  /** @returns once every event has its outcome: nothing, or the error for which the producer gave up */
  async run(source: Source): Promise<Error | undefined> {
    const { signal, maxPending } = this.#options;
    const stop = (): void => this.#giveUp(toError(signal.reason));
    signal.addEventListener('abort', stop);
    if (signal.aborted) stop();
    try {
      for await (const event of source) {
        this.#take(event);
        while (this.#pending.events >= maxPending.events || this.#pending.bytes >= maxPending.bytes)
          await this.#change();
        this.#isFlushing = false;
      }
    } finally {
      while (this.#pending.events > 0) await this.#change();
      this.#alarm?.off.abort();
      signal.removeEventListener('abort', stop);
    }
    return this.#error;
  }

  /** Resolves when an event got its outcome. */
  #change(): Promise<void> {
    const change = new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    this.#isFlushing = true;
    this.#pump();
    return change;
  }

  #take(event: SourceEvent): void {
    const item = pending(event);
    const { now, lingerMs } = this.#options;
    this.#counts.taken += 1;
    if (this.#pending.events === 0) this.#since = now();
    this.#pending.events += 1;
    this.#pending.bytes += item.bytes;
    // What waits for an event of its key fails after that one.
    const error = this.#tooLarge(item.bytes) ?? (this.#order?.has(event.partitionKey) ? undefined : this.#error);
    if (error) {
      this.#conclude({ event, status: 'failed', error }, item.bytes);
      return;
    }
    if (this.#order?.admit(item) === false) return;
    this.#lanes.add(item);
    this.#fresh += 1;
    if (this.#fresh === 1) this.#lingersUntil = now() + lingerMs;
    if (this.#inFlight >= this.#window) return;
    if (this.#fresh >= this.#full.maxItems || this.#lanes.queued.bytes >= this.#full.maxBytes) this.#pump();
    else if (!this.#alarm) this.#schedule();
  }

  /** Sends what is worth sending now, and sees to it that the rest is sent in time. */
  #pump(): void {
    const { now, lingerMs } = this.#options;
    if (this.#error) return;
    while (this.#inFlight < this.#window) {
      const at = now();
      if (at < this.#restsUntil || !this.#isDue(at)) break;
      const parcels = this.#lanes.load(at);
      if (parcels.length === 0) break;
      this.#fresh = 0;
      this.#lingersUntil = at + lingerMs;
      void this.#send(parcels, at);
    }
    this.#schedule();
  }

  #isDue(now: number): boolean {
    const { events, bytes } = this.#lanes.queued;
    if (this.#isFlushing || this.#inFlight === 0 || now >= this.#lingersUntil) return true;
    return events >= this.#full.maxItems || bytes >= this.#full.maxBytes;
  }

  /** Looks again when something is worth sending. A request that ends does so, too. */
  #schedule(): void {
    if (this.#error || this.#lanes.queued.events === 0 || this.#inFlight >= this.#window) return;
    const now = this.#options.now();
    let wait = Math.max(this.#lanes.wait(now), this.#restsUntil - now, 0);
    if (wait === Number.POSITIVE_INFINITY) return;
    if (!this.#isDue(now)) wait = Math.max(wait, this.#lingersUntil - now);
    const ms = Math.ceil(wait);
    // To look too early costs nothing: it only leads here again.
    if (this.#alarm && this.#alarm.at <= now + ms) return;
    this.#alarm?.off.abort();
    const alarm = { at: now + ms, off: new AbortController() };
    this.#alarm = alarm;
    void this.#options.sleep(ms, alarm.off.signal).then(() => {
      if (this.#alarm !== alarm) return;
      this.#alarm = undefined;
      this.#pump();
    });
  }

  async #send(parcels: readonly Parcel[], sentAt: number): Promise<void> {
    const { putRecords, signal, requestMs, now } = this.#options;
    this.#inFlight += 1;
    this.#calls.requests += 1;
    this.#calls.records += parcels.length;
    for (const parcel of parcels) {
      this.#calls.bytes += parcel.bytes;
      this.#counts.inFlight += eventsIn(parcel);
    }
    const call = (abort: AbortSignal): Promise<Replies> => putRecords(parcels, abort);
    const replies = await answered(call, { signal, timeoutMs: requestMs }).catch(toError);
    this.#inFlight -= 1;
    for (const parcel of parcels) {
      this.#counts.inFlight -= eventsIn(parcel);
      parcel.lane!.inFlight -= 1;
    }
    if (replies instanceof Error) this.#onFailure(parcels, replies, sentAt, now());
    else this.#onReplies(parcels, replies, sentAt, now());
    this.#pump();
  }

  #onFailure(parcels: readonly Parcel[], error: Error, sentAt: number, now: number): void {
    if (!isRetryable(error)) this.#giveUp(error);
    // As long as anyone waits, whatever a clock says that is not quite the timer's.
    if (error instanceof NoAnswerError && (this.#lastSuccess ?? 0) <= sentAt)
      this.#giveUp(new OutOfPatienceError(describeError(error)));
    this.#failures += 1;
    for (const parcel of parcels) this.#sendAgain(parcel, parcel.lane!);
    this.#restsUntil = Math.max(this.#restsUntil, now + this.#jitter(this.#failures));
    this.#losePatience(describeError(error), now);
  }

  #onReplies(parcels: readonly Parcel[], replies: Replies, sentAt: number, now: number): void {
    this.#hasAnswered = true;
    /** What each took, in units of its pace. */
    const taking = new Map<Lane, number>();
    /** Whether each refused for its rate. */
    const refusing = new Map<Lane, boolean>();
    let reason = '';
    for (const [index, parcel] of parcels.entries()) {
      const reply = replies[index] ?? { refused: 'no answer' };
      if ('refused' in reply) {
        reason = reply.refused;
        const isTooFast = TOO_FAST.test(reason);
        if (isTooFast) this.#lanes.sort();
        const lane = this.#onRefused(parcel, SHARD.exec(reason)?.[0]);
        refusing.set(lane, isTooFast || refusing.get(lane) === true);
      } else {
        const lane = this.#lanes.learn(parcel, reply.shardId);
        taking.set(lane, (taking.get(lane) ?? 0) + unitsOf(parcel.bytes));
        this.#shard(reply.shardId).sent += eventsIn(parcel);
        this.#onTaken(parcel, reply);
      }
    }
    this.#lanes.sortAgain();
    for (const [lane, units] of taking) lane.took(units, now);
    for (const [lane, isTooFast] of refusing) {
      lane.refused(now, (refusals) => this.#jitter(refusals));
      if (isTooFast) lane.pace.refused(sentAt, now);
    }
    if (taking.size > 0) {
      this.#lastSuccess = now;
      this.#failures = 0;
    }
    if (refusing.size > 0) this.#losePatience(reason, now);
    else this.#window = Math.min(this.#options.concurrency, this.#window * 2);
  }

  /** @returns the lane of the shard that had enough, which Kinesis names */
  #onRefused(parcel: Parcel, shardId: string | undefined): Lane {
    const lane = shardId === undefined ? parcel.lane! : this.#lanes.learn(parcel, shardId);
    if (shardId !== undefined) this.#shard(shardId).refused += 1;
    this.#counts.refused += eventsIn(parcel);
    this.#sendAgain(parcel, lane);
    return lane;
  }

  /** The parcel was not taken and is sent again, unless there is no use in it. */
  #sendAgain(parcel: Parcel, lane: Lane): void {
    if (this.#error) {
      this.#fail(itemsOf(parcel), this.#error);
      return;
    }
    this.#counts.retried += eventsIn(parcel);
    this.#lanes.putBack(parcel, lane);
  }

  #onTaken(parcel: Parcel, reply: Taken): void {
    const { items, partitionKey, lane } = parcel;
    if (!items) {
      this.#sent(parcel, reply);
      this.#release([parcel]);
      return;
    }
    // A consumer may pass over what lies on a shard that its key does not belong to; that of the record itself always does.
    const isMoved = lane!.shardId !== undefined && lane!.shardId !== reply.shardId;
    const settled = isMoved ? items.filter((item) => item.partitionKey === partitionKey) : items;
    for (const item of settled) this.#sent(item, reply);
    this.#release(settled);
    if (isMoved) this.#onMisplaced(items.filter((item) => item.partitionKey !== partitionKey));
  }

  #onMisplaced(items: readonly Pending[]): void {
    this.#counts.misplaced += items.length;
    if (this.#error) this.#fail(items, this.#error);
    else {
      this.#counts.retried += items.length;
      this.#lanes.addAgain(items);
    }
  }

  /** The events have their outcomes. What waited for them goes on its way, or fails as well. */
  #release(items: readonly Pending[]): void {
    if (!this.#order) return;
    if (this.#error) this.#fail(this.#order.giveUp(items), this.#error);
    else for (const next of this.#order.release(items)) this.#lanes.add(next);
  }

  #losePatience(reason: string, now: number): void {
    const { patience } = this.#options;
    const waited = now - Math.max(this.#since, this.#lastSuccess ?? Number.NEGATIVE_INFINITY);
    if (waited > (this.#hasAnswered ? patience.ms : patience.firstMs)) this.#giveUp(new OutOfPatienceError(reason));
  }

  /**
   * Fails everything that is not in a request. What is in one fails when that ends, unless Kinesis takes it, and after it what
   * is kept in order behind it.
   */
  #giveUp(error: Error): void {
    if (this.#error) return;
    this.#error = error;
    this.#alarm?.off.abort();
    this.#options.stopSource();
    this.#fail(this.#lanes.clear(), error);
  }

  #fail(items: readonly Pending[], error: Error): void {
    if (items.length === 0) return;
    for (const { event, bytes } of items) this.#conclude({ event, status: 'failed', error }, bytes);
    this.#release(items);
  }

  #sent({ event, bytes }: Pending, { shardId, sequenceNumber }: Taken): void {
    this.#conclude({ event, status: 'sent', shardId, sequenceNumber }, bytes);
  }

  #conclude(outcome: Outcome, bytes: number): void {
    this.#counts[outcome.status] += 1;
    this.#pending.events -= 1;
    this.#pending.bytes -= bytes;
    this.#options.onOutcome(outcome);
    this.#wake();
  }

  #shard(shardId: string): { sent: number; refused: number } {
    let counts = this.#shards.get(shardId);
    if (!counts) {
      counts = { sent: 0, refused: 0 };
      this.#shards.set(shardId, counts);
    }
    return counts;
  }

  #jitter(failures: number): number {
    return fullJitter(this.#options.backoff, failures, this.#options.random());
  }

  #tooLarge(bytes: number): EventTooLargeError | undefined {
    const { recordLimit } = this.#options;
    if (bytes <= recordLimit) return undefined;
    return new EventTooLargeError(
      `an event of ${bytes} bytes with its partition key; a record holds at most ${recordLimit}`,
    );
  }
}

/** As in `Rate exceeded for shard shardId-000000000000 in stream …`. */
const SHARD = /\bshardId-\d{12}\b/;

const TOO_FAST = /^ProvisionedThroughputExceeded/;

const toError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)));
