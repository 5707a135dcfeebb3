import { firstWhere } from '../../core/first-where.ts';

/** A range of hashes that is known to belong to one shard: hexadecimal, as long as an MD5. */
interface Range {
  shardId: string;
  from: string;
  to: string;
}

/**
 * Knows the shard of a partition key's hash from the answers of Kinesis. A shard owns one range of hashes, so all hashes
 * between two that are on a shard belong to it too: soon nearly every hash is known. This needs no permission to list the
 * shards, and the first answer after a reshard reveals it.
 *
 * https://docs.aws.amazon.com/streams/latest/dev/key-concepts.html#partition-key
 */
export class ShardMap {
  /** In the order of their hashes; no two overlap. */
  readonly #ranges: Range[] = [];

  /** The shard of a hash, where it is known. */
  shardOf(hash: string): string | undefined {
    const range = this.#ranges[this.#after(hash) - 1];
    return range && hash <= range.to ? range.shardId : undefined;
  }

  /**
   * A hash was seen on a shard.
   *
   * @returns the shards that this shows to be closed: a reshard has replaced them
   */
  observe(hash: string, shardId: string): string[] {
    const own = this.#ranges.find((range) => range.shardId === shardId);
    const from = own && own.from < hash ? own.from : hash;
    const to = own && own.to > hash ? own.to : hash;
    const others = this.#ranges.filter((range) => range !== own && range.from <= to && range.to >= from);
    // A shard with a higher number is younger. A late answer may name a shard that is closed by now.
    if (others.some((other) => other.shardId > shardId)) return own ? this.#remove([own]) : [];
    const closed = this.#remove(others);
    if (own) Object.assign(own, { from, to });
    else this.#ranges.splice(this.#after(hash), 0, { shardId, from, to });
    return closed;
  }

  /** How many ranges begin at or before a hash. */
  #after(hash: string): number {
    return firstWhere(this.#ranges.length, (index) => this.#ranges[index]!.from > hash);
  }

  #remove(ranges: readonly Range[]): string[] {
    for (const range of ranges) this.#ranges.splice(this.#ranges.indexOf(range), 1);
    return ranges.map(({ shardId }) => shardId);
  }
}
