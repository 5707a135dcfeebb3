import { readFile } from 'node:fs/promises';
import type { Clock } from '../../core/clock.ts';

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
    const { shards = {} } = JSON.parse(await readFile(checkpointFile, 'utf8').catch(() => '{}')) as CheckpointFile;
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
   * @param stallMs how long the count may stay the same: then it gives up
   * @returns how many are not settled
   */
  async waitUntilSettled(
    checkpointFile: string,
    { clock, signal, stallMs, onProgress }: SettledOptions,
  ): Promise<number> {
    let settled = 0;
    for (let movedAt = clock.now(); !signal.aborted && clock.now() - movedAt < stallMs; ) {
      const before = settled;
      settled = await this.countSettled(checkpointFile);
      onProgress(settled);
      if (settled === this.#size) break;
      if (settled > before) movedAt = clock.now();
      await clock.sleep(LOOK_AGAIN_MS, signal);
    }
    return this.#size - settled;
  }
}

/** How often the file of the checkpoints is read. Milliseconds. */
const LOOK_AGAIN_MS = 50;

export interface SettledOptions {
  clock: Clock;
  signal: AbortSignal;
  stallMs: number;
  onProgress: (settled: number) => void;
}

interface CheckpointFile {
  shards?: Record<string, { settled?: string }>;
}
