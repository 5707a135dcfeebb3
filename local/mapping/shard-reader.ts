import { hash } from 'node:crypto';
import { GetRecordsCommand, GetShardIteratorCommand, type KinesisClient } from '@aws-sdk/client-kinesis';
import { withPlainReply } from '../../aws/prepared-calls.ts';
import { describeError } from '../../core/describe-error.ts';
import { GET_RECORDS_ITEMS } from '../../core/limits.ts';
import { type Backoff, retryUntilAborted } from '../../core/retry.ts';
import { Lane } from './batch-lane.ts';
import type { Checkpoints, ShardCheckpoint } from './checkpoints.ts';
import type { DeliveryOptions } from './deliver-batch.ts';
import type { RecordFilter } from './filter-criteria.ts';
import { SettledPosition } from './settled-position.ts';
import {
  bytesOf,
  type ReadRecord,
  type RecordOrigin,
  recordReader,
  sourceOf,
  type WireRecord,
} from './stream-record.ts';
import { TumblingWindow } from './tumbling-window.ts';

export interface ShardReaderOptions extends Omit<DeliveryOptions, 'window'>, RecordOrigin {
  kinesis: Pick<KinesisClient, 'send'>;
  /**
   * How long to wait before an empty shard is asked again: the first time, and at most. Milliseconds. Lambda asks about once a
   * second.
   */
  poll: Backoff;
  checkpoints: Checkpoints;
  filter: RecordFilter | undefined;
  /** Called with each record that the filter drops, before it counts as settled. */
  onFiltered: (record: ReadRecord) => void;
}

/** How long to wait after a failed request to Kinesis. Milliseconds. */
export const KINESIS_RETRY_MS = 500;

/** Reads one shard from its checkpoint on and has its records delivered. */
export class ShardReader {
  readonly #options: ShardReaderOptions;
  readonly #lanes: Lane[];
  readonly #toRecord: (record: WireRecord) => ReadRecord;
  /** Needed only where records are not settled in the order of reading. */
  readonly #position: SettledPosition | undefined;
  readonly #window: TumblingWindow | undefined;
  #checkpoint: ShardCheckpoint;
  /** Sequence number of the last record that was read. */
  #last: string | undefined;
  /** Those who wait until the reader has caught up. */
  #waiting: (() => void)[] = [];
  #isOver = false;
  #wake = () => {};

  constructor(options: ShardReaderOptions) {
    this.#options = options;
    const { checkpoints, filter, settings, shardId, signal, streamArn } = options;
    this.#checkpoint = checkpoints.of(shardId) ?? {};
    this.#last = this.#checkpoint.settled;
    this.#toRecord = recordReader(options);
    if (filter || settings.parallelizationFactor > 1) this.#position = new SettledPosition();
    const { tumblingWindowInSeconds: seconds } = settings;
    if (seconds > 0)
      this.#window = new TumblingWindow(seconds, { shardId, eventSourceARN: streamArn }, this.#checkpoint.window);
    signal.addEventListener('abort', () => this.#wake());
    const lane: DeliveryOptions = {
      ...options,
      window: this.#window,
      onSettled: (records: readonly ReadRecord[]) => this.#settle(records),
    };
    this.#lanes = Array.from({ length: settings.parallelizationFactor }, () => new Lane(lane));
  }

  /** Resolves when the shard is closed and all of it is settled, or when the signal is aborted. */
  async run(): Promise<void> {
    const running = this.#lanes.map((lane) => lane.run());
    await this.#readPages();
    for (const lane of this.#lanes) lane.end();
    await Promise.all(running);
    if (!this.#options.signal.aborted) this.#save({ isFinished: true });
    this.#isOver = true;
    release(this.#waiting);
  }

  /** Reads until the shard ends, or the signal is aborted. */
  async #readPages(): Promise<void> {
    let iterator = await this.#iterator();
    let idle = 0;
    while (iterator !== undefined && !this.#options.signal.aborted) {
      const waiting = this.#waiting.splice(0);
      const page = await this.#read(iterator);
      for (const record of page?.records ?? []) this.#deliver(record);
      await Promise.all(this.#lanes.map((lane) => lane.room()));
      iterator = page ? page.next : await this.#iterator();
      idle = page?.records.length === 0 ? idle + 1 : 0;
      // A closed shard ends with the deliveries of its last batches.
      if (idle > 0 && iterator !== undefined) void this.#flush(waiting);
      else this.#waiting.unshift(...waiting);
      if (page) await this.#rest(this.#pause(page.records.length, idle));
    }
  }

  /**
   * Resolves when all that is on the shard now is settled, without waiting for batching windows, or when the reader ends.
   *
   * @returns whether the shard is closed, so that its children are read now
   */
  async caughtUp(): Promise<boolean> {
    if (!this.#isOver)
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
        this.#wake();
      });
    return this.#isOver;
  }

  /** Has everything delivered for those who wait for that. */
  async #flush(waiting: readonly (() => void)[]): Promise<void> {
    if (waiting.length === 0) return;
    await Promise.all(this.#lanes.map((lane) => lane.flush()));
    release(waiting);
  }

  /** How long to wait after a page, in milliseconds. @param idle how many pages without records came in a row */
  #pause(records: number, idle: number): number {
    const { poll, settings } = this.#options;
    if (idle > 0) return Math.min(poll.capMs, poll.baseMs * 2 ** (idle - 1));
    // Where batches wait to be filled, small pages would only cost calls.
    return records < settings.batchSize ? Math.min(poll.capMs, settings.maximumBatchingWindowInSeconds * 250) : 0;
  }

  /** Waits before the shard is asked again. Nobody who waits until the reader has caught up has to wait for that. */
  async #rest(ms: number): Promise<void> {
    if (ms === 0 || this.#waiting.length > 0 || this.#options.signal.aborted) return;
    const woken = new AbortController();
    this.#wake = () => woken.abort();
    await this.#options.clock.sleep(ms, woken.signal);
  }

  #iterator(): Promise<string | undefined> {
    const { clock, kinesis, onProblem, streamArn, shardId, signal } = this.#options;
    const { streamName } = sourceOf(streamArn);
    const from =
      this.#last === undefined
        ? { ShardIteratorType: 'TRIM_HORIZON' as const }
        : { ShardIteratorType: 'AFTER_SEQUENCE_NUMBER' as const, StartingSequenceNumber: this.#last };
    const command = new GetShardIteratorCommand({ StreamName: streamName, ShardId: shardId, ...from });
    return retryUntilAborted(async () => (await kinesis.send(command, { abortSignal: signal })).ShardIterator, {
      clock,
      signal,
      waitAfter: (error) => {
        onProblem(`${shardId} cannot be read yet: ${describeError(error)}`);
        return KINESIS_RETRY_MS;
      },
    });
  }

  /** Undefined where a new iterator is needed, such as after five minutes. */
  async #read(iterator: string): Promise<{ records: WireRecord[]; next: string | undefined } | undefined> {
    const { clock, kinesis, onProblem, shardId, signal } = this.#options;
    try {
      const command = new GetRecordsCommand({ ShardIterator: iterator, Limit: GET_RECORDS_ITEMS });
      const reply: unknown = await kinesis.send(withPlainReply(command), { abortSignal: signal });
      const { Records = [], NextShardIterator } = reply as {
        Records?: WireRecord[];
        NextShardIterator?: string | null;
      };
      this.#last = Records.at(-1)?.SequenceNumber ?? this.#last;
      // At the end of a closed shard kinesis-mock has null, where AWS has nothing.
      return { records: Records, next: NextShardIterator ?? undefined };
    } catch (error) {
      if (!signal.aborted) {
        onProblem(`${shardId} could not be read: ${describeError(error)}`);
        await clock.sleep(KINESIS_RETRY_MS, signal);
      }
      return undefined;
    }
  }

  #deliver(wireRecord: WireRecord): void {
    const { filter, onFiltered } = this.#options;
    const record = this.#toRecord(wireRecord);
    this.#position?.read(record.position);
    if (filter && !filter(bytesOf(wireRecord))) {
      onFiltered(record);
      this.#settle([record]);
    } else this.#laneOf(record).push(record);
  }

  #laneOf({ partitionKey }: ReadRecord): Lane {
    const [only] = this.#lanes;
    if (this.#lanes.length === 1) return only!;
    return this.#lanes[hash('md5', partitionKey, 'buffer').readUInt32BE() % this.#lanes.length]!;
  }

  #settle(records: readonly ReadRecord[]): void {
    this.#options.onSettled(records);
    if (this.#position) {
      for (const { position } of records) this.#position.settle(position);
      const settled = this.#position.advance();
      if (settled !== undefined) this.#save({ settled });
    } else this.#save({ settled: records.at(-1)!.position });
  }

  #save(progress: ShardCheckpoint): void {
    const { checkpoints, shardId } = this.#options;
    this.#checkpoint = { ...this.#checkpoint, ...progress, window: this.#window?.open };
    checkpoints.save(shardId, this.#checkpoint);
  }
}

const release = (waiting: readonly (() => void)[]): void => {
  for (const resolve of waiting) resolve();
};
