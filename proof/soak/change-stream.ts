import {
  GetRecordsCommand,
  GetShardIteratorCommand,
  type KinesisClient,
  type Shard,
  SplitShardCommand,
} from '@aws-sdk/client-kinesis';
import { listShards } from '../../aws/kinesis.ts';
import { between, type Random } from '../../core/random.ts';
import { streamBecomesActive } from '../../local/emulators/provision.ts';
import { readCheckpoints } from './read-checkpoints.ts';
import { untilSettled, type WaitOptions } from './wait.ts';

/** The stream that carries the changes of a table on this machine. */
export class ChangeStream {
  readonly #kinesis: Pick<KinesisClient, 'send'>;
  readonly #name: string;

  constructor(kinesis: Pick<KinesisClient, 'send'>, name: string) {
    this.#kinesis = kinesis;
    this.#name = name;
  }

  /** Ends one of the open shards. Two new ones take its place. */
  async split(random: Random): Promise<void> {
    const open = (await this.#shards()).filter(({ SequenceNumberRange: range }) => !range?.EndingSequenceNumber);
    const { ShardId, HashKeyRange } = open[between(random, 0, open.length)]!;
    const [first, last] = [BigInt(HashKeyRange!.StartingHashKey!), BigInt(HashKeyRange!.EndingHashKey!)];
    await this.#kinesis.send(
      new SplitShardCommand({
        StreamName: this.#name,
        ShardToSplit: ShardId,
        NewStartingHashKey: String((first + last + 1n) / 2n),
      }),
    );
    await streamBecomesActive(this.#kinesis, this.#name);
  }

  /**
   * Waits until all changes that are on the stream are settled.
   *
   * @param checkpoints the file of the checkpoints of the function that follows it
   * @returns how many are not settled
   */
  async waitUntilSettled(checkpoints: string, options: WaitOptions): Promise<number> {
    const shards = await this.#shards();
    const look = async (most: number): Promise<{ left: number; progress: string }> => {
      const settled = await readCheckpoints(checkpoints);
      let left = 0;
      for (const { ShardId } of shards) left += await this.#count(ShardId!, settled[ShardId!]?.settled, most);
      return { left, progress: JSON.stringify(settled) };
    };
    // One of each shard is enough to know that it goes on. Only what never comes is counted.
    const left = await untilSettled(() => look(1), options);
    return left === 0 ? 0 : (await look(Number.POSITIVE_INFINITY)).left;
  }

  /** How many records a shard has after a sequence number, up to so many. */
  async #count(ShardId: string, after: string | undefined, most: number): Promise<number> {
    const from =
      after === undefined
        ? { ShardIteratorType: 'TRIM_HORIZON' as const }
        : { ShardIteratorType: 'AFTER_SEQUENCE_NUMBER' as const, StartingSequenceNumber: after };
    const place = { StreamName: this.#name, ShardId, ...from };
    let { ShardIterator: iterator } = await this.#kinesis.send(new GetShardIteratorCommand(place));
    let count = 0;
    while (iterator !== undefined && count < most) {
      const page = await this.#kinesis.send(
        new GetRecordsCommand({ ShardIterator: iterator, Limit: Math.min(most, PAGE) }),
      );
      const records = page.Records?.length ?? 0;
      if (records === 0) break;
      count += records;
      iterator = page.NextShardIterator;
    }
    return count;
  }

  #shards(): Promise<Shard[]> {
    return listShards(this.#name, (page) => this.#kinesis.send(page));
  }
}

/** Records that one call reads. */
const PAGE = 1_000;
