import { openRecord } from '../../core/envelopes/index.ts';
import type { OnEffect } from '../../local/emulators/fault-proxy.ts';
import { readCheckpoints } from './read-checkpoints.ts';
import { untilSettled, type WaitOptions } from './wait.ts';

/** What Kinesis took, whether the one who sent it heard of that or not, and how much lies behind the runner's checkpoints. */
export class SentRecords {
  /** Sequence numbers of each shard, so padded that their order is that of their text. */
  readonly #shards = new Map<string, { numbers: string[]; isSorted: boolean }>();
  #size = 0;
  #events = 0;

  /** Hears of calls that took effect. @param then called after each that puts records */
  onEffect(then: () => void): OnEffect {
    return (operation, request, answer) => {
      if (operation !== 'PutRecords') return;
      this.took(request as PutRecordsRequest, answer as PutRecordsAnswer);
      then();
    };
  }

  /** @param request a PutRecords that took effect, and its answer */
  took({ Records }: PutRecordsRequest, answer: PutRecordsAnswer): void {
    for (const [index, { ShardId, SequenceNumber }] of answer.Records.entries())
      if (ShardId !== undefined && SequenceNumber !== undefined) {
        this.#events += eventsIn(Records[index]!.Data);
        this.add(ShardId, SequenceNumber);
      }
  }

  add(shardId: string, sequenceNumber: string): void {
    this.#size += 1;
    const padded = pad(sequenceNumber);
    const shard = this.#shards.get(shardId);
    if (!shard) {
      this.#shards.set(shardId, { numbers: [padded], isSorted: true });
      return;
    }
    if (padded < shard.numbers.at(-1)!) shard.isSorted = false;
    shard.numbers.push(padded);
  }

  /** Of records. One that was sent twice counts twice. */
  get size(): number {
    return this.#size;
  }

  /** Of events: an aggregated record holds several. */
  get events(): number {
    return this.#events;
  }

  /** How many are settled, as the file of the checkpoints says. */
  async countSettled(checkpointFile: string): Promise<number> {
    const shards = await readCheckpoints(checkpointFile);
    let settled = 0;
    for (const [shardId, shard] of this.#shards) {
      if (!shard.isSorted) shard.numbers.sort();
      shard.isSorted = true;
      settled += countUpTo(shard.numbers, pad(shards[shardId]?.settled ?? ''));
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

/** Kinesis' own have 56 digits, and those of moto as few as they need. */
const pad = (sequenceNumber: string): string => sequenceNumber.padStart(56, '0');

/** How many of the sorted texts are not above the last one. */
const countUpTo = (sorted: readonly string[], last: string): number => {
  let [from, to] = [0, sorted.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if (sorted[middle]! <= last) from = middle + 1;
    else to = middle;
  }
  return from;
};

/** The first bytes of an aggregated record, in base64. */
const AGGREGATED = '84mawg';

const eventsIn = (data: string): number =>
  data.startsWith(AGGREGATED) ? openRecord(Buffer.from(data, 'base64')).events.length : 1;

interface PutRecordsRequest {
  Records: readonly { Data: string }[];
}

interface PutRecordsAnswer {
  Records: readonly { ShardId?: string; SequenceNumber?: string }[];
}
