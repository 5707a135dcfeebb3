import { accessSync, constants, existsSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { number } from '../../cli/numbers.ts';
import { shownPath } from '../../cli/shown.ts';
import { behindLink } from '../kept/atomic-file.ts';
import { resumedAt, type Start } from '../kept/source-checkpoint.ts';
import { SPOOL_FOLDERS, Spool } from '../kept/spool.ts';
import { statsIfAny } from '../sources/file/identity.ts';
import { nameOfSource } from '../sources/source-name.ts';
import type { SourceName } from '../sources/source-settings.ts';
import { type Check, failed, ok, skipped } from './check.ts';

/** Whether events that cannot be delivered can be kept. */
export const spoolCheck: Check = {
  name: 'spool',
  run: ({ delivery: { spool }, source }, { calendar }) => {
    if (spool !== undefined) {
      // This checks the file. Only the first event creates it.
      new Spool({ path: spool, source: source.file, calendar });
      return ok(`"${spool}" can be written`);
    }
    const folder = SPOOL_FOLDERS.find(isWritable);
    return folder === undefined
      ? failed(
          `neither ${SPOOL_FOLDERS.map((each) => resolve(each)).join(' nor ')} can be written; name a file with --spool PATH`,
        )
      : ok(`a new file would go to ${folder === '.' ? 'this folder' : folder}`);
  },
};

/** Whether the checkpoint can be written, and where it would continue. */
export const checkpointCheck: Check = {
  name: 'checkpoint',
  run: async ({ delivery: { checkpoint }, source }) => {
    if (checkpoint === undefined) return skipped('no --checkpoint is given');
    const stats = statsIfAny(checkpoint);
    if (stats && !stats.isFile()) return failed(`"${checkpoint}" is not a regular file; expected a file of its own`);
    // A new file is written next to it and replaces it, so it may be one that cannot be written itself.
    if (!isWritable(dirname(await behindLink(checkpoint))))
      return failed(
        `${shownPath(checkpoint)} cannot be written; expected a file in a folder that exists and can be written`,
      );
    // The check of the source reports a missing file.
    if (source.source === 'file' && !existsSync(source.file ?? '')) return ok(`"${checkpoint}" can be written`);
    const start = await resumedAt({ ...source, checkpoint });
    if (!stats) return ok(`"${checkpoint}" can be written; it is new`);
    return ok(`"${checkpoint}" can be written; ${nameOfSource(source)} continues ${shownStart(start, source.source)}`);
  },
};

const shownStart = (start: Start, source: SourceName): string => {
  if (start === undefined) return 'with what comes from now on';
  if (typeof start === 'object') return `at byte ${number((start.earlier[0]?.place ?? start.place).offset)}`;
  return source === 'bluesky'
    ? `at ${new Date(Number(start) / 1_000).toISOString()}`
    : 'after the last change that was delivered';
};

/** An outage of minutes may fill less than this. Bytes. */
const MIN_FREE = 100 * 1024 * 1024;

export const diskCheck: Check = {
  name: 'disk',
  run: async ({ delivery: { spool } }) => {
    const folder = spool === undefined ? (SPOOL_FOLDERS.find(isWritable) ?? '.') : dirname(spool);
    if (!existsSync(folder)) return skipped(`there is no folder "${folder}"`);
    const { bavail, bsize } = await statfs(folder);
    return judgeSpace(bavail * bsize);
  },
};

/** @param free bytes where the spool would go */
export const judgeSpace = (free: number) => {
  const found = `${number(Math.floor(free / 1024 / 1024))} MiB are free where the spool would go`;
  return free < MIN_FREE
    ? failed(`${found}; expected at least 100: make room, or name a file on another disk with --spool PATH`)
    : ok(found);
};

const isWritable = (path: string): boolean => {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
};
