import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { number } from '../../cli/numbers.ts';
import { shownPath } from '../../cli/shown.ts';
import { resumedAt } from '../kept/checkpoint.ts';
import { SPOOL_FOLDERS, Spool } from '../kept/spool.ts';
import { type Check, failed, ok, skipped } from './check.ts';

/** Whether events that cannot be delivered can be kept. */
export const spoolCheck: Check = {
  name: 'spool',
  run: ({ delivery: { spool }, source }, { clock }) => {
    if (spool !== undefined) {
      // This checks the file. Only the first event creates it.
      new Spool({ path: spool, source: source.file, clock });
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
  run: async ({ delivery: { checkpoint }, source: { file } }) => {
    if (checkpoint === undefined) return skipped('no --checkpoint is given');
    const stats = statSync(checkpoint, { throwIfNoEntry: false });
    if (stats && !stats.isFile()) return failed(`"${checkpoint}" is not a regular file; expected a file of its own`);
    // A new file is written in the same folder and replaces it.
    if (!isWritable(dirname(checkpoint)) || (stats && !isWritable(checkpoint)))
      return failed(
        `${shownPath(checkpoint)} cannot be written; expected a file in a folder that exists and can be written`,
      );
    if (!stats) return ok(`"${checkpoint}" can be written; it is new`);
    // The check of the source reports a missing file.
    if (file === undefined || !existsSync(file)) return ok(`"${checkpoint}" can be written`);
    return ok(
      `"${checkpoint}" can be written; "${file}" continues at byte ${number((await resumedAt({ path: checkpoint, file })) ?? 0)}`,
    );
  },
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
