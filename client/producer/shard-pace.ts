import { SHARD } from '../../core/limits.ts';

/**
 * How much of a shard's capacity one record uses. A shard takes 1,000 records and 1 MiB a second: a unit is one record or a
 * thousandth of a MiB, whichever is more. https://docs.aws.amazon.com/streams/latest/dev/service-sizes-and-limits.html
 */
export const unitsOf = (bytes: number): number => Math.max(1, bytes / BYTES_PER_UNIT);

const BYTES_PER_UNIT = SHARD.bytes / SHARD.records;

/** After a refusal the limit is a little below the rate that the shard accepted, so that it can catch up. */
const CUT = 0.9;
/** How much the limit grows in a second: it doubles. A refusal costs little and corrects the limit at once. */
const GROWTH = 1;
/** A little less than any shard takes from one writer: refusals for other reasons must not stop the client. */
const LEAST = 900;
/** After this long without a refusal the limit is removed. Milliseconds. */
const FORGET_MS = 30_000;
/** The time over which the accepted rate is averaged. Milliseconds. */
const AVERAGED_MS = 1_000;
/** The shortest time that an average is taken over. Milliseconds. */
const LEAST_AVERAGED_MS = 10;
/** How much unused capacity may be saved up, and how much is enough for a request. Seconds of the limit. */
const SAVED = { most: 0.1, least: 0.02 };

/**
 * How fast to send to one shard. There is no limit until the shard refuses; then the limit is cut below the accepted rate and
 * grows until the shard refuses again. So it follows what the shard can take, also when others write to it.
 */
export class Pace {
  /** Units a second; infinite where the shard has refused nothing lately. */
  limit = Number.POSITIVE_INFINITY;
  #saved = 0;
  #savedAt = 0;
  #begunAt: number | undefined;
  /** Accepted units; each counts less the longer ago it was accepted. */
  #accepted = 0;
  #acceptedAt = 0;
  #cutAt = Number.NEGATIVE_INFINITY;
  #refusedAt = Number.NEGATIVE_INFINITY;

  /**
   * Milliseconds until something should be sent.
   *
   * @param wanted units that wait
   * @param now milliseconds, monotonic
   */
  wait(wanted: number, now: number): number {
    if (this.limit === Number.POSITIVE_INFINITY) return 0;
    this.#save(now);
    const least = Math.min(wanted, this.limit * SAVED.least);
    return this.#saved >= least ? 0 : ((least - this.#saved) / this.limit) * 1000;
  }

  /** Whether one more record may be sent. A record larger than what was saved up makes a debt. */
  get isOpen(): boolean {
    return this.limit === Number.POSITIVE_INFINITY || this.#saved > 0;
  }

  spend(units: number, now: number): void {
    this.#begunAt ??= now;
    this.#saved -= units;
  }

  /** The shard accepted this much. */
  accepted(units: number, now: number): void {
    const elapsed = now - this.#acceptedAt;
    this.#accepted = this.#accepted * Math.exp(-elapsed / AVERAGED_MS) + units;
    this.#acceptedAt = now;
    if (now - this.#refusedAt >= FORGET_MS) this.limit = Number.POSITIVE_INFINITY;
    else this.limit *= 1 + (GROWTH * Math.min(elapsed, 1000)) / 1000;
  }

  /** The shard refused a request that was sent at `sentAt`. One that was sent before the last cut tells nothing new. */
  refused(sentAt: number, now: number): void {
    this.#refusedAt = now;
    if (sentAt <= this.#cutAt) return;
    this.#cutAt = now;
    this.limit = Math.max(LEAST, CUT * Math.min(this.limit, this.#acceptedPerSecond(now)));
    this.#saved = Math.min(this.#saved, 0);
    this.#savedAt = now;
  }

  #acceptedPerSecond(now: number): number {
    const since = Math.max(LEAST_AVERAGED_MS, now - (this.#begunAt ?? now));
    const accepted = this.#accepted * Math.exp(-(now - this.#acceptedAt) / AVERAGED_MS);
    // The divisor is the sum of the weights of all moments since the beginning.
    return (accepted / (AVERAGED_MS * (1 - Math.exp(-since / AVERAGED_MS)))) * 1000;
  }

  #save(now: number): void {
    this.#saved = Math.min(this.limit * SAVED.most, this.#saved + (this.limit * (now - this.#savedAt)) / 1000);
    this.#savedAt = now;
  }
}
