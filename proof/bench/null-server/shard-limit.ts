import { SHARD } from '../../../core/limits.ts';
import { TokenBucket } from './token-bucket.ts';

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

  /** Whether the shard takes a record of so many bytes. */
  take(bytes: number, now: number): boolean {
    if (!this.#records.has(1, now) || !this.#bytes.has(bytes, now)) return false;
    this.#records.take(1);
    this.#bytes.take(bytes);
    return true;
  }
}
