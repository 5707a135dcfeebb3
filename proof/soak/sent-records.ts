import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

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
   * Resolves when all are settled.
   *
   * @param stallMs how long nothing may move: it resolves then, too
   */
  async settled(
    checkpointFile: string,
    { signal, stallMs, onProgress }: { signal: AbortSignal; stallMs: number; onProgress: (settled: number) => void },
  ): Promise<void> {
    let last = 0;
    for (let moved = Date.now(); !signal.aborted && Date.now() - moved < stallMs; await delay(50)) {
      const settled = await this.countSettled(checkpointFile);
      onProgress(settled);
      if (settled === this.#size) return;
      if (settled > last) moved = Date.now();
      last = settled;
    }
  }
}

interface CheckpointFile {
  shards?: Record<string, { settled?: string }>;
}
