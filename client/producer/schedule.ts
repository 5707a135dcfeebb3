import type { BatchLimits } from '../../core/batch.ts';
import type { Clock } from '../../core/clock.ts';
import { type Backoff, fullJitter } from '../../core/retry.ts';
import { startTimeout } from '../timeout.ts';
import type { Lanes } from './shard-lanes.ts';

export interface ScheduleOptions {
  clock: Clock;
  /** What waits for a request. */
  lanes: Pick<Lanes, 'queued' | 'wait'>;
  /** A request that would carry this much is sent at once. */
  full: BatchLimits;
  /** How long an event may wait for others while a request is in flight. Milliseconds. */
  lingerMs: number;
  /** Requests in flight at once, at most. */
  concurrency: number;
  backoff: Backoff;
  /** Called when the time has come to look again for what can be sent. */
  onAlarm: () => void;
}

/**
 * Decides when a request is sent: when it is full, when no other is in flight, or when its first event has waited long
 * enough. Starts with one request at a time and doubles that with each one that no shard found too fast. After a request that
 * failed as a whole nothing is sent for a while.
 */
export class Schedule {
  readonly #options: ScheduleOptions;
  /** Events that were queued since the last request. */
  #fresh = 0;
  #inFlight = 0;
  /** How many requests may be in flight. */
  #window = 1;
  #lingersUntil = 0;
  #restsUntil = 0;
  /** Requests in a row that failed as a whole, and when the last of them was counted. */
  #failures = 0;
  #failedAt = Number.NEGATIVE_INFINITY;
  #alarm: { at: number; off: () => void } | undefined;
  /** Whether no more events come before one of those that wait has its outcome: then there is nothing to wait for. */
  isFlushing = false;

  constructor(options: ScheduleOptions) {
    this.#options = options;
  }

  /** Whether one more request may be in flight. */
  get hasRoom(): boolean {
    return this.#inFlight < this.#window;
  }

  /** Whether what waits should be sent now. */
  isTime(now: number): boolean {
    return now >= this.#restsUntil && this.#isDue(now);
  }

  /** An event was queued. @returns whether to look now for what can be sent; otherwise the alarm does that in time */
  eventQueued(): boolean {
    this.#fresh += 1;
    if (this.#fresh === 1) this.#lingersUntil = this.#options.clock.now() + this.#options.lingerMs;
    if (!this.hasRoom) return false;
    const { full, lanes } = this.#options;
    if (this.#fresh >= full.maxItems || lanes.queued.bytes >= full.maxBytes) return true;
    // The alarm may be that of a lane that rests, and this event may be in another.
    if (!this.#alarm || this.#alarm.at > Math.max(this.#lingersUntil, this.#restsUntil)) this.setAlarm();
    return false;
  }

  requestBegins(now: number): void {
    this.#inFlight += 1;
    this.#fresh = 0;
    this.#lingersUntil = now + this.#options.lingerMs;
  }

  requestEnds(): void {
    this.#inFlight -= 1;
  }

  /** A request was answered record by record. @param isTooFast whether a shard refused records because of its rate */
  answered({ hasAccepted, isTooFast }: { hasAccepted: boolean; isTooFast: boolean }): void {
    if (!hasAccepted) return;
    this.#failures = 0;
    if (!isTooFast) this.#window = Math.min(this.#options.concurrency, this.#window * 2);
  }

  /** A request failed as a whole. */
  failed(sentAt: number, now: number): void {
    // Those that were in flight together failed for one reason.
    if (sentAt >= this.#failedAt) {
      this.#failures += 1;
      this.#failedAt = now;
    }
    this.#restsUntil = Math.max(this.#restsUntil, now + this.restAfter(this.#failures));
  }

  /** A request had no answer in its time. Where the network is slow, fewer requests at once leave each one more of it. */
  ranOut(sentAt: number, now: number): void {
    this.#window = 1;
    this.failed(sentAt, now);
  }

  /** How long to rest after so many failures in a row. Milliseconds. */
  restAfter(failures: number): number {
    return fullJitter(this.#options.backoff, failures, this.#options.clock.random());
  }

  /** Looks again when something should be sent. Where no more requests may be in flight, the end of one does that. */
  setAlarm(): void {
    const { clock, lanes } = this.#options;
    if (lanes.queued.events === 0 || !this.hasRoom) return;
    const now = clock.now();
    const lingersUntil = this.#isDue(now) ? now : this.#lingersUntil;
    const at = Math.max(now + lanes.wait(now), this.#restsUntil, lingersUntil);
    if (at === Number.POSITIVE_INFINITY) return;
    // An alarm that comes too early does no harm: it leads here again.
    if (this.#alarm && this.#alarm.at <= at) return;
    this.stop();
    const off = startTimeout(clock, Math.ceil(at - now), () => {
      this.#alarm = undefined;
      this.#options.onAlarm();
    });
    this.#alarm = { at, off };
  }

  /** Turns the alarm off. */
  stop(): void {
    this.#alarm?.off();
    this.#alarm = undefined;
  }

  #isDue(now: number): boolean {
    const { full, lanes } = this.#options;
    if (this.isFlushing || this.#inFlight === 0 || now >= this.#lingersUntil) return true;
    return lanes.queued.events >= full.maxItems || lanes.queued.bytes >= full.maxBytes;
  }
}
