import { readCheckpoints } from './read-checkpoints.ts';
import { untilSettled, type WaitOptions } from './wait.ts';

/** The records that Kinesis acknowledged, and how many of them lie behind the runner's checkpoints. */
export class SentRecords {
  /** Sequence numbers of each shard. All have the same length, so that their order is that of their text. */
  readonly #shards = new Map<string, string[]>();
  #size = 0;

  add(shardId: string, sequenceNumber: string): void {
    this.#size += 1;
    const known = this.#shards.get(shardId);
    if (known) known.push(sequenceNumber);
    else this.#shards.set(shardId, [sequenceNumber]);
  }

  get size(): number {
    return this.#size;
  }

  /** How many are settled, as the file of the checkpoints says. */
  async countSettled(checkpointFile: string): Promise<number> {
    const shards = await readCheckpoints(checkpointFile);
    let settled = 0;
    for (const [shardId, sequenceNumbers] of this.#shards) {
      const until = shards[shardId]?.settled ?? '';
      for (const sequenceNumber of sequenceNumbers) if (sequenceNumber <= until) settled += 1;
    }
    return settled;
  }

  /**
   * Waits until all are settled.
   *
   * @returns how many are not settled
   */
  waitUntilSettled(
    checkpointFile: string,
    { onProgress, ...options }: WaitOptions & { onProgress: (settled: number) => void },
  ): Promise<number> {
    return untilSettled(async () => {
      const settled = await this.countSettled(checkpointFile);
      onProgress(settled);
      return { left: this.#size - settled, progress: settled };
    }, options);
  }
}
