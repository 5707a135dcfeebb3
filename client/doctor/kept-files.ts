import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname } from 'node:path';
import { number } from '../../cli/numbers.ts';
import { resumedAt } from '../kept/checkpoint.ts';
import { Spool } from '../kept/spool.ts';
import { type Check, failed, ok, skipped } from './check.ts';
import type { Subject } from './subject.ts';

/** Where events go that cannot be delivered. */
export const spoolCheck: Check = {
  name: 'spool',
  run: ({ spool, source }, { now }) => {
    if (spool !== undefined) {
      // It looks at the file, and creates it only with the first event.
      new Spool({ path: spool, source: source.file, now: () => new Date(now()) });
      return ok(`"${spool}" can be written`);
    }
    const folder = FOLDERS.find(isWritable);
    return folder === undefined
      ? failed(`neither this folder nor ${tmpdir()} can be written; name a file with --spool PATH`)
      : ok(`a new file would go to ${folder === '.' ? 'this folder' : folder}`);
  },
};

/** Where it is remembered how far a file was delivered. */
export const checkpointCheck: Check = {
  name: 'checkpoint',
  run: async ({ checkpoint, source: { file } }) => {
    if (checkpoint === undefined) return skipped('no --checkpoint is given');
    const stats = statSync(checkpoint, { throwIfNoEntry: false });
    if (stats && !stats.isFile()) return failed(`"${checkpoint}" is no regular file; expected a file of its own`);
    // A new one is written beside it and takes its place.
    if (!isWritable(dirname(checkpoint)) || (stats && !isWritable(checkpoint)))
      return failed(`"${checkpoint}" cannot be written; expected a file in a folder that exists and can be written`);
    if (!stats) return ok(`"${checkpoint}" can be written; it is a new one`);
    // What is wrong with the file itself the check of the source tells.
    if (file === undefined || !existsSync(file)) return ok(`"${checkpoint}" can be written`);
    return ok(
      `"${checkpoint}" can be written; "${file}" goes on at byte ${number((await resumedAt({ path: checkpoint, file })) ?? 0)}`,
    );
  },
};

/** Less than this an outage of minutes may fill. Bytes. */
const MIN_FREE = 100 * 1024 * 1024;

export const diskCheck: Check = {
  name: 'disk',
  run: async (subject) => {
    const folder = folderOf(subject);
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

/** Where the spool goes: as in {@link Spool}. */
const FOLDERS = ['.', tmpdir()];

const folderOf = ({ spool }: Subject): string =>
  spool === undefined ? (FOLDERS.find(isWritable) ?? '.') : dirname(spool);

const isWritable = (path: string): boolean => {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
};
