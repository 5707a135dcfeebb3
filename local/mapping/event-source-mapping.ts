import { setMaxListeners } from 'node:events';
import type { Shard } from '@aws-sdk/client-kinesis';
import { listShards } from '../../aws/kinesis.ts';
import { describeError } from '../../core/describe-error.ts';
import { retryUntilAborted } from '../../core/retry.ts';
import { compileFilters } from './filter-criteria.ts';
import { KINESIS_RETRY_MS, ShardReader, type ShardReaderOptions } from './shard-reader.ts';
import { sourceOf } from './stream-record.ts';

export type MappingOptions = Omit<ShardReaderOptions, 'shardId' | 'filter' | 'signal'>;

export interface Mapping {
  /**
   * Resolves when all that is on the stream now is settled, without waiting for batching windows, or when the mapping is closed.
   * What is delivered again and again is waited for.
   */
  caughtUp: () => Promise<void>;
  /** Ends polling, and waits for the invocations under way. A batch whose invocation fails stays where it is. */
  close: () => Promise<void>;
}

/** A shard that is read, or was. */
interface Running {
  reader: ShardReader;
  ended: Promise<void>;
}

/**
 * Reads every shard of a stream, or of the change stream of a table, and delivers its records to a function, as Lambda's event
 * source mapping does. All shards are read at the same time, with `parallelizationFactor` batches of a shard at once. Records of
 * one partition key stay in order. The shards that a reshard made are read after the shards they came from.
 *
 * @throws {TemplateError} where a filter pattern is not valid
 */
export const startEventSourceMapping = (options: MappingOptions): Mapping => {
  const abort = new AbortController();
  const { signal } = abort;
  // Every shard waits for it several times, and their number has no limit.
  setMaxListeners(0, signal);
  const { checkpoints, clock, kinesis, onProblem, settings, streamArn } = options;
  const { kind, streamName } = sourceOf(streamArn);
  const filter = settings.filterPatterns.length > 0 ? compileFilters(settings.filterPatterns, kind) : undefined;
  const finished = new Set<string>();
  const running = new Map<string, Running>();

  const read = async (reader: ShardReader, shardId: string): Promise<void> => {
    await reader.run();
    if (signal.aborted) return;
    finished.add(shardId);
    await startReady();
  };
  const startReady = async (): Promise<void> => {
    const list = () => listShards(streamName, (page) => kinesis.send(page, { abortSignal: signal }));
    const shards = await retryUntilAborted(list, {
      clock,
      signal,
      waitAfter: (error) => {
        onProblem(`the shards cannot be listed yet: ${describeError(error)}`);
        return KINESIS_RETRY_MS;
      },
    });
    if (!shards) return;
    for (const { ShardId } of shards) if (checkpoints.of(ShardId!)?.isFinished) finished.add(ShardId!);
    for (const { ShardId } of readyAmong(shards, finished)) {
      if (running.has(ShardId!)) continue;
      const reader = new ShardReader({ ...options, shardId: ShardId!, filter, signal });
      running.set(ShardId!, { reader, ended: read(reader, ShardId!) });
    }
  };

  const started = startReady();
  return {
    caughtUp: async () => {
      await started;
      const catchUp = async ({ reader, ended }: Running): Promise<void> => {
        if (await reader.caughtUp()) await ended;
      };
      // Children of a shard are added to the end, when it has ended.
      for (let seen = 0; seen < running.size; ) {
        const unseen = [...running.values()].slice(seen);
        seen += unseen.length;
        await Promise.all(unseen.map(catchUp));
      }
    },
    close: async () => {
      abort.abort();
      await started;
      await Promise.all([...running.values()].map(({ ended }) => ended));
      await checkpoints.flush();
    },
  };
};

/** The shards that are not finished, and whose parents are, or have left the stream. */
const readyAmong = (shards: readonly Shard[], finished: ReadonlySet<string>): Shard[] => {
  const unread = new Set(shards.map(({ ShardId }) => ShardId).filter((id) => !finished.has(id!)));
  return shards.filter(
    ({ ShardId, ParentShardId, AdjacentParentShardId }) =>
      unread.has(ShardId) && !unread.has(ParentShardId) && !unread.has(AdjacentParentShardId),
  );
};
