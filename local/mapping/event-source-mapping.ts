import { type KinesisClient, ListShardsCommand, type Shard } from '@aws-sdk/client-kinesis';
import type { Backoff } from '../../core/retry.ts';
import { type Checkpoints, checkpointsInMemory, type ShardCheckpoint } from './checkpoints.ts';
import type { DeliveryOptions } from './deliver-batch.ts';
import { compileFilters } from './filter-criteria.ts';
import { persistently } from './persistently.ts';
import { ShardReader } from './shard-reader.ts';

export interface MappingOptions extends Omit<DeliveryOptions, 'signal' | 'window'> {
  kinesis: Pick<KinesisClient, 'send'>;
  streamName: string;
  streamArn: string;
  region: string;
  /**
   * How long to wait before a shard that had nothing is asked again: the first time, and at most. Milliseconds. Lambda asks
   * about once a second.
   */
  poll: Backoff;
  /** Where to go on. @default in memory, from the starting position */
  checkpoints?: Checkpoints;
}

export interface Mapping {
  /** Ends polling; what is being delivered is left where it stands. */
  close: () => Promise<void>;
}

/**
 * Reads every shard of a stream and brings its records to the function, as Lambda's event source mapping does: shards side
 * by side, `parallelizationFactor` batches of a shard at once, the records of one partition key always in order. The
 * shards that a reshard made are read after the shards they came from.
 *
 * @throws {TemplateError} where a filter pattern is none
 */
export const startEventSourceMapping = (options: MappingOptions): Mapping => {
  const abort = new AbortController();
  const { signal } = abort;
  const { checkpoints = checkpointsInMemory(), settings } = options;
  const filter = settings.filterPatterns.length > 0 ? compileFilters(settings.filterPatterns) : undefined;
  const starting = startOf(settings, options.now());
  /** A starting position is that of the shards which are there at the very start: nothing of a later one is passed over. */
  let isFirstLook = checkpoints.isEmpty();
  const finished = new Set<string>();
  const running = new Map<string, Promise<void>>();

  const readShard = async (shardId: string): Promise<void> => {
    await new ShardReader({ ...options, shardId, checkpoints, filter, signal }).run();
    if (signal.aborted) return;
    finished.add(shardId);
    await startReady();
  };
  const startReady = async (): Promise<void> => {
    const shards = await persistently(() => listShards(options, signal), { ...options, signal });
    if (!shards) return;
    const known = new Set(shards.map(({ ShardId }) => ShardId));
    const isRead = (parent: string | undefined) => parent === undefined || finished.has(parent) || !known.has(parent);
    for (const { ShardId } of shards) {
      if (isFirstLook) checkpoints.save(ShardId!, starting);
      else if (checkpoints.of(ShardId!)?.isFinished) finished.add(ShardId!);
    }
    isFirstLook = false;
    for (const { ShardId, ParentShardId, AdjacentParentShardId } of shards) {
      if (running.has(ShardId!) || finished.has(ShardId!)) continue;
      if (isRead(ParentShardId) && isRead(AdjacentParentShardId)) running.set(ShardId!, readShard(ShardId!));
    }
  };

  const started = startReady();
  return {
    close: async () => {
      abort.abort();
      await started;
      await Promise.all(running.values());
      await checkpoints.flush();
    },
  };
};

const startOf = (
  { startingPosition, startingPositionTimestamp = 0 }: MappingOptions['settings'],
  now: number,
): ShardCheckpoint => {
  if (startingPosition === 'TRIM_HORIZON') return {};
  return { since: startingPosition === 'LATEST' ? now : startingPositionTimestamp * 1000 };
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
