import type { PutRecords } from '../../aws/kinesis.ts';
import { isRetryable, isServiceInTrouble } from '../../aws/service-error.ts';
import type { BatchLimits } from '../../core/batch.ts';
import type { Clock } from '../../core/clock.ts';
import { describeError } from '../../core/describe-error.ts';
import { MB, PUT_RECORDS, RECORD_BYTES } from '../../core/limits.ts';
import type { Backoff } from '../../core/retry.ts';
import type { SourceEvent } from '../../core/source-event.ts';
import type { Source } from '../sources/source.ts';
import { answersFor, type Replies } from './answers.ts';
import { KeyOrder } from './key-order.ts';
import { pending } from './parcel.ts';
import { OutOfPatienceError, Patience, type PatienceLimits } from './patience.ts';
import { Schedule } from './schedule.ts';
import { type Outcome, Settlement } from './settlement.ts';
import { Lanes, type Load } from './shard-lanes.ts';
import { type ProducerCounts, type ProducerStatistics, Statistics } from './statistics.ts';
import { NoAnswerError, timedRequests } from './timed-requests.ts';

export interface ProducerOptions {
  putRecords: PutRecords;
  /** Called once for each event, as soon as its outcome is known. */
  onOutcome: (outcome: Outcome) => void;
  /** Called where Kinesis takes nothing and the producer tries again: why, and for how long that has been so. Milliseconds. */
  onWaiting?: (reason: OutOfPatienceError, ms: number) => void;
  /** Ends the source, since what it yields could not be delivered. */
  stopSource: () => void;
  /** Gives up at once what is not delivered yet. */
  signal: AbortSignal;
  patience: PatienceLimits;
  /** Monotonic: it measures durations. */
  clock: Clock;
  /**
   * Keeps the events of a partition key in order, whatever Kinesis refuses: the next one is sent only after the one before it
   * was acknowledged, or in the same record.
   * @default false
   */
  ordered?: boolean;
  /**
   * Lets small events of one shard share a record, in the format of the KPL. Where events are kept in order, only those of one
   * partition key share one, since a reshard may take such a record to another shard than some of its keys belong to.
   * @default false
   */
  aggregate?: boolean;
  /** Bytes of one record, its partition key included. @default 1 MiB */
  recordLimit?: number;
  /**
   * How long a small request may stay unanswered, see {@link RequestTime}. Milliseconds. @default 6 s, as in the KPL
   * https://github.com/awslabs/amazon-kinesis-producer/blob/master/java/amazon-kinesis-producer-sample/default_config.properties
   */
  requestMs?: number;
  /** How long an event may wait for others while a request is in flight. Milliseconds. @default 20 */
  lingerMs?: number;
  /** The source waits while this much has no outcome yet. @default 10,000 events and 32 MiB */
  maxPending?: { events: number; bytes: number };
  /** @default 50 ms doubling up to 5 s, with full jitter */
  backoff?: Backoff;
}

const DEFAULTS = {
  onWaiting: () => {},
  ordered: false,
  aggregate: false,
  recordLimit: RECORD_BYTES.byDefault,
  requestMs: 6_000,
  lingerMs: 20,
  maxPending: { events: 10_000, bytes: 32 * MB },
  backoff: { baseMs: 50, capMs: 5_000 },
};

/** Requests in flight at once, at most. */
const CONCURRENCY = 8;

/** A request that would carry this much is sent at once. */
const FULL: { readonly [kind in 'plain' | 'aggregated']: BatchLimits } = {
  plain: PUT_RECORDS,
  aggregated: { maxItems: 4_000, maxBytes: MB },
};

/** An event that no record can hold. */
export class EventTooLargeError extends Error {
  override readonly name = 'EventTooLargeError';
}

/** Why no record can hold an event, where that is so. @param recordLimit bytes of one record, its partition key included */
export const tooLarge = (bytes: number, recordLimit: number = DEFAULTS.recordLimit): EventTooLargeError | undefined =>
  bytes > recordLimit
    ? new EventTooLargeError(`an event of ${bytes} bytes with its partition key; a record holds at most ${recordLimit}`)
    : undefined;

/**
 * Puts events on the stream: in batches, several requests in flight, sending again only what was refused. It takes events from
 * the source no faster than Kinesis accepts them, and sends to no shard faster than that shard accepts.
 */
export class Producer {
  readonly #options: Required<ProducerOptions>;
  readonly #order: KeyOrder | undefined;
  readonly #lanes: Lanes;
  readonly #statistics: Statistics;
  readonly #settlement: Settlement;
  readonly #schedule: Schedule;
  readonly #answered: ReturnType<typeof answersFor>;
  readonly #patience: Patience;
  readonly #request: ReturnType<typeof timedRequests>;

  constructor(options: ProducerOptions) {
    const all = { ...DEFAULTS, ...options };
    const order = all.ordered ? new KeyOrder() : undefined;
    // A request holds at least one record, even the largest.
    const limits = { ...PUT_RECORDS, maxBytes: Math.max(PUT_RECORDS.maxBytes, all.recordLimit) };
    const lanes = new Lanes({ ...all, limits, order });
    const statistics = new Statistics();
    const settlement = new Settlement({ ...all, lanes, order, counts: statistics.counts });
    const full = all.aggregate ? FULL.aggregated : FULL.plain;
    const schedule = new Schedule({ ...all, lanes, full, concurrency: CONCURRENCY, onAlarm: () => this.#pump() });
    const restAfter = (refusals: number): number => schedule.restAfter(refusals);
    this.#answered = answersFor({ lanes, settlement, statistics, restAfter });
    this.#options = all;
    this.#order = order;
    this.#lanes = lanes;
    this.#statistics = statistics;
    this.#settlement = settlement;
    this.#schedule = schedule;
    this.#patience = new Patience(all.patience);
    this.#request = timedRequests({ ...all, patience: this.#patience });
  }

  /** Changes while the producer works. */
  get counts(): Readonly<ProducerCounts> {
    return this.#statistics.counts;
  }

  get statistics(): ProducerStatistics {
    return this.#statistics.snapshot((shardId) => this.#lanes.limitOf(shardId));
  }

  /**
   * Puts the events of the source on the stream. Called once.
   *
   * @returns once every event has its outcome: nothing, or the error for which the producer gave up
   */
  async run(source: Source): Promise<Error | undefined> {
    const { signal } = this.#options;
    const stop = (): void => this.#giveUp(toError(signal.reason));
    signal.addEventListener('abort', stop);
    if (signal.aborted) stop();
    try {
      for await (const events of source)
        for (const event of events) {
          this.#take(event);
          while (this.#settlement.isFull) await this.#settled();
          this.#schedule.isFlushing = false;
        }
    } finally {
      while (!this.#settlement.isEmpty) await this.#settled();
      this.#schedule.stop();
      signal.removeEventListener('abort', stop);
    }
    return this.#settlement.error;
  }

  /** Resolves when an event has its outcome. Nothing more is taken from the source until then. */
  #settled(): Promise<void> {
    const settled = this.#settlement.next();
    this.#schedule.isFlushing = true;
    this.#pump();
    return settled;
  }

  #take(event: SourceEvent): void {
    const item = pending(event);
    if (this.#settlement.isEmpty) this.#patience.begin(this.#options.clock.now());
    this.#settlement.open(item);
    // An event that waits for another of its key fails after that one.
    const ofItsOwn = tooLarge(item.bytes, this.#options.recordLimit);
    const error = ofItsOwn ?? this.#settlement.error;
    if (error && (ofItsOwn || !this.#order?.has(event.partitionKey))) {
      this.#settlement.failed(item, error);
      return;
    }
    if (this.#order?.admit(item) === false) return;
    this.#lanes.add(item);
    if (this.#schedule.eventQueued()) this.#pump();
  }

  /** Sends what should be sent now, and sees to it that the rest is sent in time. */
  #pump(): void {
    if (this.#settlement.error) return;
    while (this.#schedule.hasRoom) {
      const now = this.#options.clock.now();
      if (!this.#schedule.isTime(now)) break;
      const load = this.#lanes.load(now);
      if (load.parcels.length === 0) break;
      void this.#send(load, now);
    }
    this.#schedule.setAlarm();
  }

  async #send(load: Load, sentAt: number): Promise<void> {
    const { putRecords, clock } = this.#options;
    const { parcels, lanes, bytes } = load;
    this.#schedule.requestBegins(sentAt);
    this.#statistics.requestBegins(parcels);
    const call = (abort: AbortSignal): Promise<Replies> => putRecords(parcels, abort);
    const replies = await this.#request(call, bytes).catch(toError);
    this.#schedule.requestEnds();
    this.#statistics.requestEnds(parcels);
    for (const lane of lanes) lane.inFlight -= 1;
    if (replies instanceof Error) this.#onFailure(load, replies, sentAt, clock.now());
    else this.#onReplies(load, replies, sentAt, clock.now());
    this.#pump();
  }

  #onFailure({ parcels, lanes }: Load, error: Error, sentAt: number, now: number): void {
    if (!isRetryable(error)) this.#giveUp(error);
    for (const [index, parcel] of parcels.entries()) this.#settlement.sendAgain(parcel, lanes[index]!, lanes[index]!);
    const isUnanswered = error instanceof NoAnswerError;
    if (isUnanswered || isServiceInTrouble(error)) this.#patience.reached();
    if (isUnanswered) this.#schedule.ranOut(sentAt, now);
    else this.#schedule.failed(sentAt, now);
    this.#checkPatience(new OutOfPatienceError(describeError(error), { cause: error }), now);
  }

  #onReplies(load: Load, replies: Replies, sentAt: number, now: number): void {
    const { hasAccepted, isTooFast, refusal } = this.#answered(load, replies, sentAt, now);
    this.#patience.answered(hasAccepted, now);
    this.#schedule.answered({ hasAccepted, isTooFast });
    if (refusal !== undefined) this.#checkPatience(new OutOfPatienceError(refusal), now);
  }

  #checkPatience(error: OutOfPatienceError, now: number): void {
    if (this.#settlement.error) return;
    if (this.#patience.isOver(now)) this.#giveUp(error);
    else this.#options.onWaiting(error, this.#patience.waited(now));
  }

  #giveUp(error: Error): void {
    if (this.#settlement.error) return;
    this.#schedule.stop();
    this.#options.stopSource();
    this.#settlement.giveUp(error);
  }
}

const toError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)));
