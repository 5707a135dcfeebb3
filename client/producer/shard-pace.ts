import { SHARD } from '../../core/limits.ts';

/**
 * What one record counts against a shard: itself, or its bytes, whichever is nearer to the shard's limit of 1,000 records and
 * 1 MiB a second. https://docs.aws.amazon.com/streams/latest/dev/service-sizes-and-limits.html
 */
export const unitsOf = (bytes: number): number => Math.max(1, bytes / BYTES_PER_UNIT);

const BYTES_PER_UNIT = SHARD.bytes / SHARD.records;

/** What is left of a shard's rate once it refused: a little less than it took, so that it can take the rest as well. */
const CUT = 0.9;
/** By how much the limit grows in a second: it doubles, since a refusal costs little and finds the right limit at once. */
const GROWTH = 1;
/** A little less than any shard takes of one writer. Refusals with another cause than our rate must not bring us to a halt. */
const LEAST = 900;
/** After so long without a refusal there is no limit any more. Milliseconds. */
const FORGET_MS = 30_000;
/** Over how long what was taken is averaged. Milliseconds. */
const AVERAGED_MS = 1_000;
/** An average needs that much time to mean anything. Milliseconds. */
const LEAST_AVERAGED_MS = 10;
/** What is saved up at the most, and what is worth a request. Seconds of the limit. */
const SAVED = { most: 0.1, least: 0.02 };

/**
 * How fast to send to one shard. There is no limit until it refuses; then the limit is cut below what it took, and grows until
 * it refuses again. So it finds the limit of the shard, whoever else writes to it.
 */
export class Pace {
  #limit = Number.POSITIVE_INFINITY;
  #saved = 0;
  #savedAt = 0;
  #begunAt: number | undefined;
  /** Units that were taken, each counting less the longer ago that was. */
  #taken = 0;
  #takenAt = 0;
  #cutAt = Number.NEGATIVE_INFINITY;
  #refusedAt = Number.NEGATIVE_INFINITY;

  /** Units a second; infinite where the shard refused nothing of late. */
  get limit(): number {
    return this.#limit;
  }

  /**
   * Milliseconds until it is worth sending.
   *
   * @param wanted units that wait
   * @param now milliseconds, monotonic
   */
  wait(wanted: number, now: number): number {
    if (this.#limit === Number.POSITIVE_INFINITY) return 0;
    this.#save(now);
    const least = Math.min(wanted, Math.max(1, this.#limit * SAVED.least));
    return this.#saved >= least ? 0 : ((least - this.#saved) / this.#limit) * 1000;
  }

  /** Whether one more record may go along. What is too large for what was saved up is a debt. */
  get isOpen(): boolean {
    return this.#limit === Number.POSITIVE_INFINITY || this.#saved > 0;
  }

  spend(units: number, now: number): void {
    this.#begunAt ??= now;
    this.#saved -= units;
  }

  /** The shard took so much. */
  took(units: number, now: number): void {
    const elapsed = now - this.#takenAt;
    this.#taken = this.#taken * Math.exp(-elapsed / AVERAGED_MS) + units;
    this.#takenAt = now;
    if (this.#limit === Number.POSITIVE_INFINITY) return;
    if (now - this.#refusedAt >= FORGET_MS) this.#limit = Number.POSITIVE_INFINITY;
    else this.#limit *= 1 + (GROWTH * Math.min(elapsed, 1000)) / 1000;
  }

  /** The shard had enough of a request that was sent at `sentAt`. What was sent before a cut tells nothing new. */
  refused(sentAt: number, now: number): void {
    this.#refusedAt = now;
    if (sentAt <= this.#cutAt) return;
    this.#cutAt = now;
    this.#limit = Math.max(LEAST, CUT * Math.min(this.#limit, this.#takenPerSecond(now)));
    this.#saved = Math.min(this.#saved, 0);
    this.#savedAt = now;
  }

  #takenPerSecond(now: number): number {
    const since = Math.max(LEAST_AVERAGED_MS, now - (this.#begunAt ?? now));
    const taken = this.#taken * Math.exp(-(now - this.#takenAt) / AVERAGED_MS);
    // The weights of all moments since the beginning add up to this.
    return (taken / (AVERAGED_MS * (1 - Math.exp(-since / AVERAGED_MS)))) * 1000;
  }

  #save(now: number): void {
    const most = Math.max(1, this.#limit * SAVED.most);
    this.#saved = Math.min(most, this.#saved + (this.#limit * (now - this.#savedAt)) / 1000);
    this.#savedAt = now;
  }
}
