import { openRecord } from '../../core/envelopes/index.ts';
import type { OnEffect } from '../fault-proxy.ts';
import { readCheckpoints } from './read-checkpoints.ts';
import { untilSettled, type WaitOptions } from './wait.ts';

/** Records that one call put on one shard. They are settled once the last of them is. */
interface Run {
  /** The last sequence number, so padded that the order of numbers is that of their text. */
  last: string;
  records: number;
}

/**
 * What Kinesis took, whether the one who sent it heard of that or not, and how much lies behind the runner's checkpoints. What does is only
 * counted: nothing of it is kept.
 */
export class SentRecords {
  readonly #unsettled = new Map<string, Run[]>();
  #size = 0;
  #settled = 0;
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
    const runs = new Map<string, Run>();
    for (const [index, { ShardId, SequenceNumber }] of answer.Records.entries()) {
      if (ShardId === undefined || SequenceNumber === undefined) continue;
      this.#events += eventsIn(Records[index]!.Data);
      this.#size += 1;
      const last = pad(SequenceNumber);
      const run = runs.get(ShardId);
      if (run) Object.assign(run, { last: last > run.last ? last : run.last, records: run.records + 1 });
      else runs.set(ShardId, { last, records: 1 });
    }
    for (const [shardId, run] of runs) this.#add(shardId, run);
  }

  /** Of records. One that was sent twice counts twice. */
  get size(): number {
    return this.#size;
  }

  /** Of events: an aggregated record holds several. */
  get events(): number {
    return this.#events;
  }

  /** Calls whose records are not all settled. */
  get unsettledCalls(): number {
    return [...this.#unsettled.values()].reduce((sum, runs) => sum + runs.length, 0);
  }

  /** How many are settled, as the file of the checkpoints says. */
  async countSettled(checkpointFile: string): Promise<number> {
    const shards = await readCheckpoints(checkpointFile);
    for (const [shardId, runs] of this.#unsettled) {
      const settled = pad(shards[shardId]?.settled ?? '');
      let done = 0;
      for (; runs[done] && runs[done]!.last <= settled; done += 1) this.#settled += runs[done]!.records;
      runs.splice(0, done);
    }
    return this.#settled;
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

  /** Answers come in any order, but hardly ever far from that of the numbers. */
  #add(shardId: string, run: Run): void {
    const runs = this.#unsettled.get(shardId) ?? [];
    this.#unsettled.set(shardId, runs);
    let place = runs.length;
    while (place > 0 && runs[place - 1]!.last > run.last) place -= 1;
    runs.splice(place, 0, run);
  }
}

/** Kinesis' own have 56 digits, and those of moto as few as they need. */
const pad = (sequenceNumber: string): string => sequenceNumber.padStart(56, '0');

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
