import { readFile } from 'node:fs/promises';
import { unlessGone } from '../../cli/unless-gone.ts';
import { removeUnfinished, writeAtomically } from '../../client/kept/atomic-file.ts';
import { describeError } from '../../core/describe-error.ts';
import { parsedJson } from '../../core/json.ts';
import type { OpenWindow } from './tumbling-window.ts';

/** From where a shard is read on. */
export interface ShardCheckpoint {
  /** Sequence number up to which every record is settled. */
  settled?: string;
  /** The shard is closed, and all of it is settled. */
  isFinished?: boolean;
  /** The tumbling window that is open, where the mapping has such windows. */
  window?: OpenWindow | undefined;
}

/** Remembers how far each shard is settled. */
export interface Checkpoints {
  of: (shardId: string) => ShardCheckpoint | undefined;
  /** Never fails. A checkpoint that cannot be written now goes with the next one; an older one only repeats some records. */
  save: (shardId: string, checkpoint: ShardCheckpoint) => void;
  /** Resolves when everything saved is written, or writing it has failed. */
  flush: () => Promise<void>;
}

/** Checkpoints that are gone when the process ends. */
export const checkpointsInMemory = (): Checkpoints => {
  const shards = new Map<string, ShardCheckpoint>();
  return {
    of: (shardId) => shards.get(shardId),
    save: (shardId, checkpoint) => shards.set(shardId, checkpoint),
    flush: async () => {},
  };
};

export interface CheckpointFile {
  path: string;
  /** The stream that the checkpoints are of. */
  streamArn: string;
  /** A sentence about a failure that is tried again. */
  onProblem: (message: string) => void;
}

/**
 * Checkpoints in a file of JSON, so that a process that was killed goes on where it stopped. While the file is being written,
 * new checkpoints wait and are written together: saving never holds up a shard.
 *
 * @throws where the file holds something else, or the checkpoints of another stream
 */
export const openCheckpoints = async ({ path, streamArn, onProblem }: CheckpointFile): Promise<Checkpoints> => {
  const shards = await readCheckpoints(path, streamArn);
  await removeUnfinished(path);
  let isDirty = false;
  let writing: Promise<void> | undefined;

  const write = async (): Promise<void> => {
    isDirty = false;
    try {
      await writeAtomically(path, JSON.stringify({ streamArn, shards: Object.fromEntries(shards) }));
    } catch (error) {
      // The next one that is saved carries this one too.
      onProblem(`the checkpoints cannot be written yet: ${describeError(error)}`);
    }
  };
  const start = (): void => {
    writing ??= write().finally(() => {
      writing = undefined;
      if (isDirty) start();
    });
  };
  return {
    of: (shardId) => shards.get(shardId),
    save: (shardId, checkpoint) => {
      shards.set(shardId, checkpoint);
      isDirty = true;
      start();
    },
    flush: async () => {
      while (writing) await writing;
    },
  };
};

const readCheckpoints = async (path: string, streamArn: string): Promise<Map<string, ShardCheckpoint>> => {
  const text = await readFile(path, 'utf8').catch(unlessGone);
  if (text === undefined) return new Map();
  const saved = parsedJson(text) as { streamArn?: string; shards?: Record<string, ShardCheckpoint> } | undefined;
  if (saved?.streamArn === undefined || saved.shards === undefined)
    throw new Error(`${path} holds no checkpoints; remove it, and the stream is read from its first record`);
  if (saved.streamArn !== streamArn)
    throw new Error(`${path} holds the checkpoints of ${saved.streamArn}; expected those of ${streamArn}`);
  return new Map(Object.entries(saved.shards));
};
