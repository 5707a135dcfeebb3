import {
  GetRecordsCommand,
  type GetRecordsCommandOutput,
  GetShardIteratorCommand,
  type GetShardIteratorCommandInput,
  type KinesisClient,
  type Shard,
  type _Record as StreamRecord,
} from '@aws-sdk/client-kinesis';
import { listShards } from '../../aws/kinesis.ts';
import { UsageError } from '../../cli/usage-error.ts';
import { GET_RECORDS_ITEMS } from '../../core/limits.ts';
import type { ServiceRetry } from '../service-retry.ts';
import { ReadPace, type ReadPaceOptions } from './read-pace.ts';

/** Which records of a stream to read. Times are those of their arrival, in milliseconds since 1970. */
export interface StreamRange {
  stream: string;
  /** Only this shard. */
  shardId?: string;
  /** From the first record that arrived then or later; everything behind that one is read. */
  since: number;
  /** Records that arrived before this time. */
  until: number;
}

export interface ReadOptions extends ReadPaceOptions {
  range: StreamRange;
  kinesis: Pick<KinesisClient, 'send'>;
  retry: ServiceRetry;
  /** Whether a record lies behind what this run has put on its shard: the shard is not read beyond it. */
  isOwn: (shardId: string, sequenceNumber: string) => boolean;
  /** Told of all shards that are going to be read. */
  onShards: (shardIds: readonly string[]) => void;
  /** Told of each shard that was read to the end of the range. */
  onEnd: (shardId: string) => void;
}

/** Records of one shard, in their order. */
export interface ShardPage {
  shardId: string;
  records: StreamRecord[];
}

/** Each shard that is read holds one page in memory, of up to 10 MB. */
const SHARDS_AT_ONCE = 8;

/** Times of arrival do not always increase within a shard, so records are looked at for a while beyond the end of the range. */
const OUT_OF_ORDER_MS = 60_000;

/**
 * Reads a range of a stream, several shards at once. The shards that a reshard made are read after the shards they came from, so
 * that the records of a partition key come in their order.
 *
 * @throws {UsageError} where `shardId` names a shard that the stream does not have; what Kinesis answers, once retries are over
 */
export async function* readStreamRange(options: ReadOptions, signal: AbortSignal): AsyncGenerator<ShardPage> {
  const halt = new AbortController();
  const inner = AbortSignal.any([signal, halt.signal]);
  try {
    let waiting = await shardsOf(options, inner);
    options.onShards(waiting.map(({ ShardId }) => ShardId!));
    const unread = new Set(waiting.map(({ ShardId }) => ShardId));
    const reading = new Map<string, { pages: AsyncGenerator<ShardPage>; next: Promise<Step> }>();
    const ask = (shardId: string, pages: AsyncGenerator<ShardPage>): void => {
      reading.set(shardId, { pages, next: pages.next().then((result) => ({ shardId, result })) });
    };
    for (;;) {
      const ready = waiting.filter(
        ({ ParentShardId, AdjacentParentShardId }) => !unread.has(ParentShardId) && !unread.has(AdjacentParentShardId),
      );
      const begun = ready.slice(0, SHARDS_AT_ONCE - reading.size);
      waiting = waiting.filter((shard) => !begun.includes(shard));
      for (const shard of begun) ask(shard.ShardId!, pagesOf(shard, options, inner));
      if (reading.size === 0) return;
      const { shardId, result } = await Promise.race([...reading.values()].map(({ next }) => next));
      const { pages } = reading.get(shardId)!;
      reading.delete(shardId);
      if (result.done) {
        unread.delete(shardId);
        options.onEnd(shardId);
      } else {
        yield result.value;
        ask(shardId, pages);
      }
    }
  } finally {
    halt.abort();
  }
}

interface Step {
  shardId: string;
  result: IteratorResult<ShardPage, void>;
}

const shardsOf = async ({ range, kinesis, retry }: ReadOptions, signal: AbortSignal): Promise<Shard[]> => {
  const shards = await listShards(range.stream, (page) =>
    retry((abortSignal) => kinesis.send(page, { abortSignal }), signal),
  );
  if (range.shardId === undefined) return shards;
  const found = shards.filter(({ ShardId }) => ShardId === range.shardId);
  if (found.length > 0) return found;
  const names = shards.map(({ ShardId }) => ShardId).join(', ');
  throw new UsageError([`the stream "${range.stream}" has no shard "${range.shardId}"; expected one of ${names}`]);
};

async function* pagesOf(shard: Shard, options: ReadOptions, signal: AbortSignal): AsyncGenerator<ShardPage, void> {
  const shardId = shard.ShardId!;
  const { since, until } = options.range;
  let hasBegun = false;
  for await (const { Records = [], MillisBehindLatest } of answersOf(shard, options, signal)) {
    const own = Records.findIndex(({ SequenceNumber }) => options.isOwn(shardId, SequenceNumber!));
    const records = (own < 0 ? Records : Records.slice(0, own)).filter((record) => {
      hasBegun ||= arrivalOf(record) >= since;
      return hasBegun && arrivalOf(record) < until;
    });
    if (records.length > 0) yield { shardId, records };
    const newest = Records.at(-1);
    const arrived = newest && arrivalOf(newest);
    // An emulator says of every answer that nothing is behind it.
    const isAtTip = MillisBehindLatest === 0 && (arrived === undefined || arrived >= until);
    if (own >= 0 || isAtTip || (arrived ?? 0) >= until + OUT_OF_ORDER_MS) return;
  }
}

/** All that a shard has from the start of the range on, as it answers, and no faster than its other readers allow. */
async function* answersOf(
  shard: Shard,
  options: ReadOptions,
  signal: AbortSignal,
): AsyncGenerator<GetRecordsCommandOutput, void> {
  const { kinesis, retry } = options;
  const pace = new ReadPace(options);
  let last: string | undefined;
  const ask = () =>
    iteratorOf({ ...positionOf(last, options), ShardId: shard.ShardId }, options, signal).catch(unlessGone(shard));
  let iterator = await ask();
  while (iterator !== undefined) {
    await pace.ready(signal);
    const command: GetRecordsCommand = new GetRecordsCommand({ ShardIterator: iterator, Limit: GET_RECORDS_ITEMS });
    const answer = await retry((abortSignal) => kinesis.send(command, { abortSignal }), signal).catch(unlessExpired);
    if (!answer) {
      iterator = await ask();
      continue;
    }
    const { Records = [], NextShardIterator } = answer;
    pace.read(Records);
    yield answer;
    last = Records.at(-1)?.SequenceNumber ?? last;
    iterator = NextShardIterator;
  }
}

/** When a record arrived. Milliseconds since 1970. */
export const arrivalOf = ({ ApproximateArrivalTimestamp }: StreamRecord): number =>
  ApproximateArrivalTimestamp!.getTime();

type Position = Pick<GetShardIteratorCommandInput, 'ShardIteratorType' | 'StartingSequenceNumber' | 'Timestamp'>;

const positionOf = (last: string | undefined, { range }: ReadOptions): Position => {
  if (last !== undefined) return { ShardIteratorType: 'AFTER_SEQUENCE_NUMBER', StartingSequenceNumber: last };
  return { ShardIteratorType: 'AT_TIMESTAMP', Timestamp: new Date(range.since) };
};

const iteratorOf = (
  input: Omit<GetShardIteratorCommandInput, 'StreamName'>,
  { range, kinesis, retry }: ReadOptions,
  signal: AbortSignal,
): Promise<string | undefined> => {
  const command = new GetShardIteratorCommand({ StreamName: range.stream, ...input });
  return retry(async (abortSignal) => (await kinesis.send(command, { abortSignal })).ShardIterator, signal);
};

/**
 * A shard that a reshard closed is gone once all of its records have expired, which may be while others are read. Kinesis has the same
 * answer for a stream that is not there, but that has no open shards either.
 * https://docs.aws.amazon.com/streams/latest/dev/kinesis-using-sdk-java-after-resharding.html
 */
const unlessGone =
  ({ SequenceNumberRange }: Shard) =>
  (error: unknown): undefined => {
    const isClosed = SequenceNumberRange?.EndingSequenceNumber !== undefined;
    if (!(isClosed && error instanceof Error && error.name === 'ResourceNotFoundException')) throw error;
  };

/** An iterator lasts five minutes, and slow puts may take longer. */
const unlessExpired = (error: unknown): undefined => {
  if (error instanceof Error && error.name === 'ExpiredIteratorException') return undefined;
  throw error;
};
