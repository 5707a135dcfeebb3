import { createHash } from 'node:crypto';
import {
  GetRecordsCommand,
  GetShardIteratorCommand,
  type KinesisClient,
  ListShardsCommand,
  type Shard,
  type _Record as StreamRecord,
} from '@aws-sdk/client-kinesis';
import type { KinesisStreamRecord } from 'aws-lambda';
import type { Backoff } from '../core/backoff.ts';
import { Batcher } from '../core/batch.ts';
import { describeError } from '../core/service-error.ts';
import { type DeliveryOptions, deliverBatch } from './deliver-batch.ts';

export interface MappingOptions extends Omit<DeliveryOptions, 'signal'> {
  kinesis: Pick<KinesisClient, 'send'>;
  streamName: string;
  streamArn: string;
  region: string;
  /** Called once for each record that is done with: stored, or given up. */
  onSettled: (records: readonly KinesisStreamRecord[]) => void;
  /** A sentence about what goes wrong while it is tried again. */
  onProblem: (message: string) => void;
  /**
   * How long to wait before a shard that had nothing is asked again: the first time, and at most. Milliseconds. Lambda asks
   * about once a second.
   */
  poll: Backoff;
}

export interface Mapping {
  /** Ends polling; what is being delivered is left where it stands. */
  close: () => Promise<void>;
}

/**
 * Bytes of one invocation, base64 and envelope included.
 * https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
 */
const MAX_INVOCATION_BYTES = 6 * 1024 * 1024;

/** Bytes of a record in an event beside its data and its partition key. */
const ENVELOPE_BYTES = 512;

/**
 * Reads every shard of a stream and brings its records to the function, as Lambda's event source mapping does: shards side
 * by side, `parallelizationFactor` batches of a shard at once, the records of one partition key always in order. The
 * shards that a reshard made are read after the shards they came from.
 */
export const startEventSourceMapping = (options: MappingOptions): Mapping => {
  const abort = new AbortController();
  const { signal } = abort;
  const finished = new Set<string>();
  const running = new Map<string, Promise<void>>();

  const readShard = async (shard: Shard): Promise<void> => {
    await new ShardReader(shard, options, signal).run();
    if (signal.aborted) return;
    finished.add(shard.ShardId!);
    await startReady();
  };
  const startReady = async (): Promise<void> => {
    const shards = await persistently(() => listShards(options, signal), options, signal);
    const known = new Set(shards?.map(({ ShardId }) => ShardId));
    const isRead = (parent: string | undefined) => parent === undefined || finished.has(parent) || !known.has(parent);
    for (const shard of shards ?? []) {
      if (running.has(shard.ShardId!) || !isRead(shard.ParentShardId) || !isRead(shard.AdjacentParentShardId)) continue;
      running.set(shard.ShardId!, readShard(shard));
    }
  };

  const started = startReady();
  return {
    close: async () => {
      abort.abort();
      await started;
      await Promise.all(running.values());
    },
  };
};

const listShards = async ({ kinesis, streamName }: MappingOptions, signal: AbortSignal): Promise<Shard[]> => {
  const shards: Shard[] = [];
  let next: string | undefined;
  do {
    const page = await kinesis.send(
      new ListShardsCommand(next === undefined ? { StreamName: streamName } : { NextToken: next }),
      { abortSignal: signal },
    );
    shards.push(...(page.Shards ?? []));
    next = page.NextToken;
  } while (next !== undefined);
  return shards;
};

/** Tries until it succeeds. Undefined only where the signal was aborted. */
const persistently = async <T>(
  attempt: () => Promise<T>,
  { onProblem, sleep }: MappingOptions,
  signal: AbortSignal,
): Promise<T | undefined> => {
  while (!signal.aborted) {
    try {
      return await attempt();
    } catch (error) {
      if (signal.aborted) break;
      onProblem(`Kinesis did not answer: ${describeError(error)}`);
      await sleep(500, signal);
    }
  }
  return undefined;
};

class ShardReader {
  readonly #shard: Shard;
  readonly #options: MappingOptions;
  readonly #signal: AbortSignal;
  readonly #lanes: Lane[];
  #last: string | undefined;

  constructor(shard: Shard, options: MappingOptions, signal: AbortSignal) {
    this.#shard = shard;
    this.#options = options;
    this.#signal = signal;
    const lanes = options.settings.parallelizationFactor;
    this.#lanes = Array.from({ length: lanes }, () => new Lane(options, signal));
  }

  /** Ends when the shard is closed and all of it is settled, or when the signal is aborted. */
  async run(): Promise<void> {
    const running = this.#lanes.map((lane) => lane.run());
    let iterator = await this.#iterator();
    let idle = 0;
    while (iterator !== undefined && !this.#signal.aborted) {
      const page = await this.#read(iterator);
      for (const record of page?.records ?? []) this.#laneOf(record.PartitionKey).push(this.#toLambdaRecord(record));
      await Promise.all(this.#lanes.map((lane) => lane.room()));
      if (!page) iterator = await this.#iterator();
      else iterator = page.next;
      if (page?.records.length === 0) {
        const { poll, sleep } = this.#options;
        await sleep(Math.min(poll.capMs, poll.baseMs * 2 ** idle), this.#signal);
        idle += 1;
      } else idle = 0;
    }
    for (const lane of this.#lanes) lane.end();
    await Promise.all(running);
  }

  #iterator(): Promise<string | undefined> {
    const { kinesis, streamName, settings } = this.#options;
    const from =
      this.#last === undefined
        ? { ShardIteratorType: settings.startingPosition }
        : { ShardIteratorType: 'AFTER_SEQUENCE_NUMBER' as const, StartingSequenceNumber: this.#last };
    const command = new GetShardIteratorCommand({ StreamName: streamName, ShardId: this.#shard.ShardId, ...from });
    const ask = async () => (await kinesis.send(command, { abortSignal: this.#signal })).ShardIterator;
    return persistently(ask, this.#options, this.#signal);
  }

  /** Undefined where the iterator is of no use any more: it lasts five minutes. */
  async #read(iterator: string): Promise<{ records: StreamRecord[]; next: string | undefined } | undefined> {
    const { kinesis, onProblem, sleep } = this.#options;
    try {
      const { Records = [], NextShardIterator } = await kinesis.send(
        new GetRecordsCommand({ ShardIterator: iterator, Limit: READ_LIMIT }),
        { abortSignal: this.#signal },
      );
      this.#last = Records.at(-1)?.SequenceNumber ?? this.#last;
      return { records: Records, next: NextShardIterator };
    } catch (error) {
      if (!this.#signal.aborted) {
        onProblem(`${this.#shard.ShardId} could not be read: ${describeError(error)}`);
        await sleep(500, this.#signal);
      }
      return undefined;
    }
  }

  #laneOf(partitionKey = ''): Lane {
    const [only] = this.#lanes;
    if (this.#lanes.length === 1) return only!;
    const hash = createHash('md5').update(partitionKey).digest().readUInt32BE();
    return this.#lanes[hash % this.#lanes.length]!;
  }

  #toLambdaRecord({
    Data,
    PartitionKey,
    SequenceNumber,
    ApproximateArrivalTimestamp,
  }: StreamRecord): KinesisStreamRecord {
    const { streamArn, region } = this.#options;
    return {
      kinesis: {
        kinesisSchemaVersion: '1.0',
        partitionKey: PartitionKey!,
        sequenceNumber: SequenceNumber!,
        data: Buffer.from(Data!).toString('base64'),
        approximateArrivalTimestamp: ApproximateArrivalTimestamp!.getTime() / 1000,
      },
      eventSource: 'aws:kinesis',
      eventVersion: '1.0',
      eventID: `${this.#shard.ShardId}:${SequenceNumber}`,
      eventName: 'aws:kinesis:record',
      invokeIdentityArn: 'arn:aws:iam::000000000000:role/local',
      awsRegion: region,
      eventSourceARN: streamArn,
    };
  }
}

/** Records of one GetRecords. https://docs.aws.amazon.com/kinesis/latest/APIReference/API_GetRecords.html */
const READ_LIMIT = 1_000;

/** One of the batches of a shard that may be under way at once. All records of a partition key take the same lane. */
class Lane {
  readonly #options: MappingOptions;
  readonly #signal: AbortSignal;
  readonly #batcher: Batcher<KinesisStreamRecord>;
  readonly #ready: KinesisStreamRecord[][] = [];
  #window: NodeJS.Timeout | undefined;
  /** The first record has waited as long as it may: the next batch need not be full. */
  #isDue = false;
  #ended = false;
  #wake = () => {};
  #makeRoom = () => {};

  constructor(options: MappingOptions, signal: AbortSignal) {
    this.#options = options;
    this.#signal = signal;
    const limits = { maxItems: options.settings.batchSize, maxBytes: MAX_INVOCATION_BYTES };
    this.#batcher = new Batcher(
      limits,
      ({ kinesis }) => kinesis.data.length + kinesis.partitionKey.length + ENVELOPE_BYTES,
    );
    signal.addEventListener('abort', () => {
      clearTimeout(this.#window);
      this.#wake();
      this.#makeRoom();
    });
  }

  push(record: KinesisStreamRecord): void {
    const full = this.#batcher.add(record);
    if (full) this.#ready.push(full);
    const seconds = this.#options.settings.maximumBatchingWindowInSeconds;
    this.#window ??= setTimeout(() => {
      this.#isDue = true;
      this.#wake();
    }, seconds * 1000);
    if (full) this.#wake();
  }

  /** Resolves when the lane has little enough in store for the shard to be read on. */
  async room(): Promise<void> {
    while (this.#ready.length > MAX_READY && !this.#signal.aborted)
      await new Promise<void>((resolve) => {
        this.#makeRoom = resolve;
      });
  }

  /** No more records come; what is there is still delivered. */
  end(): void {
    this.#ended = true;
    this.#wake();
  }

  async run(): Promise<void> {
    while (!this.#signal.aborted) {
      const batch = this.#next();
      this.#makeRoom();
      if (batch) {
        const settled = await deliverBatch(batch, { ...this.#options, signal: this.#signal });
        this.#options.onSettled(batch.slice(0, settled));
      } else if (this.#ended) return;
      else
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
    }
  }

  #next(): KinesisStreamRecord[] | undefined {
    const full = this.#ready.shift();
    if (full || !(this.#isDue || this.#ended)) return full;
    clearTimeout(this.#window);
    this.#window = undefined;
    this.#isDue = false;
    return this.#batcher.take();
  }
}

/** Batches that a lane holds before its shard is read on. */
const MAX_READY = 4;
