import { SHARD } from '../../../core/limits.ts';

/** What one shard takes in a second; the bytes of a record are those of its data and of its partition key. */
export interface ShardRate {
  recordsPerSecond: number;
  bytesPerSecond: number;
}

export const KINESIS_SHARD: ShardRate = { recordsPerSecond: SHARD.records, bytesPerSecond: SHARD.bytes };

/** The write limit of one shard. It takes a record whole or not at all, and what it refuses costs nothing. */
export class ShardLimit {
  readonly #records: TokenBucket;
  readonly #bytes: TokenBucket;

  /** @param now milliseconds of a clock that never goes back */
  constructor({ recordsPerSecond, bytesPerSecond }: ShardRate, now: number) {
    this.#records = new TokenBucket(recordsPerSecond, now);
    this.#bytes = new TokenBucket(bytesPerSecond, now);
  }

  /** Whether the shard takes a record of this size. */
  take(bytes: number, now: number): boolean {
    if (!this.#records.has(1, now) || !this.#bytes.has(bytes, now)) return false;
    this.#records.take(1);
    this.#bytes.take(bytes);
    return true;
  }
}

/** Lets a number of tokens pass a second. It holds what one second brings, and is full at the start. */
export class TokenBucket {
  readonly #perSecond: number;
  #tokens: number;
  #filledAt: number;

  /** @param now milliseconds of a clock that never goes back, here and below */
  constructor(perSecond: number, now: number) {
    this.#perSecond = perSecond;
    this.#tokens = perSecond;
    this.#filledAt = now;
  }

  /** Whether these tokens may pass. More than the bucket holds may pass when it is full: they leave a debt. */
  has(tokens: number, now: number): boolean {
    const gained = (Math.max(0, now - this.#filledAt) / 1000) * this.#perSecond;
    this.#tokens = Math.min(this.#perSecond, this.#tokens + gained);
    this.#filledAt = Math.max(now, this.#filledAt);
    return this.#tokens >= Math.min(tokens, this.#perSecond);
  }

  take(tokens: number): void {
    this.#tokens -= tokens;
  }
}
