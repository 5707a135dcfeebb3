import { createHash } from 'node:crypto';
import { GetRecordsCommand, GetShardIteratorCommand, type _Record as StreamRecord } from '@aws-sdk/client-kinesis';
import type { KinesisStreamRecord } from 'aws-lambda';
import { describeError } from '../../core/describe-error.ts';
import { GET_RECORDS_ITEMS } from '../../core/limits.ts';
import { Lane } from './batch-lane.ts';
import type { Checkpoints, ShardCheckpoint } from './checkpoints.ts';
import type { MappingOptions } from './event-source-mapping.ts';
import type { RecordFilter } from './filter-criteria.ts';
import { persistently } from './persistently.ts';
import { SettledPosition } from './settled-position.ts';
import { TumblingWindow } from './tumbling-window.ts';

export interface ShardReaderOptions extends MappingOptions {
  shardId: string;
  checkpoints: Checkpoints;
  filter: RecordFilter | undefined;
  signal: AbortSignal;
}

/** Reads one shard, from where it was left, and has its records delivered. */
export class ShardReader {
  readonly #options: ShardReaderOptions;
  readonly #lanes: Lane[];
  readonly #window: TumblingWindow | undefined;
  /** Only where records are not settled in the order of reading. */
  readonly #position: SettledPosition | undefined;
  readonly #envelopeBytes: number;
  #checkpoint: ShardCheckpoint;
  /** Records that arrived earlier are passed over. Milliseconds since 1970. */
  readonly #since: number | undefined;
  /** Sequence number of the last record that was read. */
  #last: string | undefined;

  constructor(options: ShardReaderOptions) {
    this.#options = options;
    const { checkpoints, filter, settings, shardId, streamArn, signal } = options;
    this.#checkpoint = checkpoints.of(shardId) ?? {};
    this.#last = this.#checkpoint.settled;
    this.#since = this.#checkpoint.since;
    if (settings.tumblingWindowInSeconds > 0)
      this.#window = new TumblingWindow({
        seconds: settings.tumblingWindowInSeconds,
        shardId,
        streamArn,
        open: this.#checkpoint.window,
        onEnd: () => this.#save({}),
      });
    if (filter || settings.parallelizationFactor > 1) this.#position = new SettledPosition();
    this.#envelopeBytes = JSON.stringify(this.#toLambdaRecord(EMPTY)).length + ','.length;
    const lane = {
      ...options,
      signal,
      onSettled: (records: readonly KinesisStreamRecord[]) => this.#settled(records),
      sizeOf: ({ kinesis }: KinesisStreamRecord) =>
        this.#envelopeBytes + kinesis.data.length + jsonLength(kinesis.partitionKey),
      ...(this.#window ? { window: this.#window } : {}),
    };
    this.#lanes = Array.from({ length: settings.parallelizationFactor }, () => new Lane(lane));
  }

  /** Ends when the shard is closed and all of it is settled, or when the signal is aborted. */
  async run(): Promise<void> {
    const { now, poll, signal, sleep } = this.#options;
    const running = this.#lanes.map((lane) => lane.run());
    let iterator = await this.#iterator();
    let idle = 0;
    while (iterator !== undefined && !signal.aborted) {
      const askedAt = this.#window ? now() : 0;
      const page = await this.#read(iterator);
      for (const record of page?.records ?? []) this.#deliver(record);
      await Promise.all(this.#lanes.map((lane) => lane.room()));
      if (!page) iterator = await this.#iterator();
      else iterator = page.next;
      if (page?.records.length === 0) {
        if (page.isCaughtUp) for (const lane of this.#lanes) lane.caughtUp(askedAt);
        await sleep(Math.min(poll.capMs, poll.baseMs * 2 ** idle), signal);
        idle += 1;
      } else idle = 0;
    }
    for (const lane of this.#lanes) lane.end();
    await Promise.all(running);
    if (!signal.aborted) this.#save({ isFinished: true });
  }

  #iterator(): Promise<string | undefined> {
    const { kinesis, streamName, shardId, signal } = this.#options;
    const from =
      this.#last === undefined
        ? { ShardIteratorType: 'TRIM_HORIZON' as const }
        : { ShardIteratorType: 'AFTER_SEQUENCE_NUMBER' as const, StartingSequenceNumber: this.#last };
    const command = new GetShardIteratorCommand({ StreamName: streamName, ShardId: shardId, ...from });
    const ask = async () => (await kinesis.send(command, { abortSignal: signal })).ShardIterator;
    return persistently(ask, this.#options);
  }

  /** Undefined where the iterator is of no use any more: it lasts five minutes. */
  async #read(
    iterator: string,
  ): Promise<{ records: StreamRecord[]; next: string | undefined; isCaughtUp: boolean } | undefined> {
    const { kinesis, onProblem, shardId, signal, sleep } = this.#options;
    try {
      const {
        Records = [],
        NextShardIterator,
        MillisBehindLatest,
      } = await kinesis.send(new GetRecordsCommand({ ShardIterator: iterator, Limit: GET_RECORDS_ITEMS }), {
        abortSignal: signal,
      });
      this.#last = Records.at(-1)?.SequenceNumber ?? this.#last;
      // An empty answer alone says nothing: Kinesis may not have come to the next record yet.
      return { records: Records, next: NextShardIterator, isCaughtUp: (MillisBehindLatest ?? 0) === 0 };
    } catch (error) {
      if (!signal.aborted) {
        onProblem(`${shardId} could not be read: ${describeError(error)}`);
        await sleep(500, signal);
      }
      return undefined;
    }
  }

  #deliver(streamRecord: StreamRecord): void {
    const { filter } = this.#options;
    // Before the starting position. An iterator AT_TIMESTAMP would do, but kinesalite does not answer where nothing follows.
    if (this.#since !== undefined && streamRecord.ApproximateArrivalTimestamp!.getTime() < this.#since) return;
    const record = this.#toLambdaRecord(streamRecord);
    this.#position?.read(record.kinesis.sequenceNumber);
    if (filter && !filter(streamRecord.Data!)) this.#settled([record]);
    else this.#laneOf(streamRecord.PartitionKey).push(record);
  }

  #laneOf(partitionKey = ''): Lane {
    const [only] = this.#lanes;
    if (this.#lanes.length === 1) return only!;
    const hash = createHash('md5').update(partitionKey).digest().readUInt32BE();
    return this.#lanes[hash % this.#lanes.length]!;
  }

  #settled(records: readonly KinesisStreamRecord[]): void {
    this.#options.onSettled(records);
    if (this.#position) {
      for (const { kinesis } of records) this.#position.settle(kinesis.sequenceNumber);
      const settled = this.#position.advance();
      if (settled !== undefined) this.#save({ settled });
    } else this.#save({ settled: records.at(-1)!.kinesis.sequenceNumber });
  }

  #save(progress: ShardCheckpoint): void {
    const { checkpoints, shardId } = this.#options;
    const { window: _, ...checkpoint } = { ...this.#checkpoint, ...progress };
    this.#checkpoint = { ...checkpoint, ...(this.#window?.open ? { window: this.#window.open } : {}) };
    checkpoints.save(shardId, this.#checkpoint);
  }

  #toLambdaRecord({
    Data,
    PartitionKey,
    SequenceNumber,
    ApproximateArrivalTimestamp,
  }: StreamRecord): KinesisStreamRecord {
    const { region, shardId, streamArn } = this.#options;
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
      eventID: `${shardId}:${SequenceNumber}`,
      eventName: 'aws:kinesis:record',
      invokeIdentityArn: 'arn:aws:iam::000000000000:role/local',
      awsRegion: region,
      eventSourceARN: streamArn,
    };
  }
}

/** A record of nothing but its envelope. */
const EMPTY: StreamRecord = {
  Data: new Uint8Array(),
  PartitionKey: '',
  SequenceNumber: '0'.repeat(56),
  ApproximateArrivalTimestamp: new Date(1_111_111_111_111),
};

/** Bytes of a text in JSON, without its quotes. */
const jsonLength = (text: string): number =>
  /^[ !#-[\]-~]*$/.test(text) ? text.length : Buffer.byteLength(JSON.stringify(text)) - 2;
