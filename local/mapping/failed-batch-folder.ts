import { readdir, readFile, rm } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { unlessGone } from '../../cli/unless-gone.ts';
import { writeAtomically } from '../../client/kept/atomic-file.ts';
import type { Clock } from '../../core/clock.ts';
import {
  type FailedBatchContext,
  type FailedBatchObject,
  failedBatchObject,
  type KeepFailedBatch,
} from './failed-batch.ts';

/** Where failed batches of this machine are kept. */
export const FAILED_BATCHES = fileURLToPath(new URL('../../.local/failed-batches', import.meta.url));

export interface FailedBatchFolder extends Pick<FailedBatchContext, 'mappingId' | 'functionArn' | 'streamArn'> {
  /** Stands in for the bucket: a file for each object, its path the key. */
  folder: string;
  /** Milliseconds since 1970. */
  clock: Pick<Clock, 'now'>;
  uuid: () => string;
}

/** Keeps each batch that is given up in a folder, as Lambda does in a bucket. No file is ever half written. */
export const keepIn =
  ({ folder, clock, uuid, ...context }: FailedBatchFolder): KeepFailedBatch =>
  async (batch) => {
    const { key, object } = failedBatchObject(batch, { ...context, now: new Date(clock.now()), uuid: uuid() });
    await writeAtomically(join(folder, key), JSON.stringify(object));
  };

/** Paths of all batches in a folder; an empty list where the folder does not exist. */
export const failedBatchesIn = async (folder: string): Promise<string[]> => {
  const files = (await readdir(folder, { recursive: true, withFileTypes: true }).catch(unlessGone)) ?? [];
  // A temporary file was being written when its process was killed.
  return files
    .filter((file) => file.isFile() && !file.name.endsWith('.tmp'))
    .map((file) => join(file.parentPath, file.name));
};

/** The identities, the eventID, of all records in the batches of a folder. */
export const keptRecords = async (folder: string): Promise<Set<string>> => {
  const ids = new Set<string>();
  for (const path of await failedBatchesIn(folder)) {
    const { payload } = JSON.parse(await readFile(path, 'utf8')) as FailedBatchObject;
    for (const { eventID } of payload.Records) ids.add(eventID);
  }
  return ids;
};

/** Where batches are that were to be moved. */
export interface MovedBatches {
  folder: string;
  /** Why they had to stay in their old folder, as in ENOSPC. */
  error?: string;
}

/**
 * Moves the batches of a folder into another one and removes the folder. Where the other one cannot be written, as on a disk that is
 * full, all of them stay.
 *
 * @returns where they are now; undefined where there are none
 */
export const moveFailedBatches = async (from: string, to: string): Promise<MovedBatches | undefined> => {
  const batches = await failedBatchesIn(from);
  try {
    // Copies, since a rename does not reach another file system. Each is on the disk before its original is removed.
    for (const path of batches) await writeAtomically(join(to, relative(from, path)), await readFile(path, 'utf8'));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return { folder: from, error: code ?? message };
  }
  await rm(from, { recursive: true, force: true });
  return batches.length > 0 ? { folder: to } : undefined;
};
