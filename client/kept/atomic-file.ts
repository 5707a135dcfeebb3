import { closeSync, fsyncSync, openSync } from 'node:fs';
import { mkdir, open, readdir, readlink, realpath, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';

/**
 * Writes a file so that it is there whole or not at all, even where the process is killed or the power fails. Where the path is a
 * link, the file that it names is written. Only its owner may read and write it, since it may hold events.
 *
 * @param makeFolders whether missing folders are made
 * @throws what the file system says; nothing is left behind then
 */
export const writeAtomically = async (
  path: string,
  content: string,
  { makeFolders = true }: { makeFolders?: boolean } = {},
): Promise<void> => {
  const target = await behindLink(path);
  const folder = dirname(target);
  const made = makeFolders ? await mkdir(folder, { recursive: true }) : undefined;
  const temporary = `${target}.${process.pid}.tmp`;
  try {
    // What has the name already may be another's, or a link that leads to any file: neither is written to.
    await rm(temporary, { force: true });
    const file = await open(temporary, 'wx', 0o600);
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {});
    throw error;
  }
  // The new name is on disk only once its folder is.
  syncFolder(folder);
  if (made === undefined) return;
  // So are the names of new folders. `made` is the first of them.
  for (let child = folder; child !== dirname(made); child = dirname(child)) syncFolder(dirname(child));
};

/** Removes what processes left next to a file that were killed while they wrote it. What another one writes now stays. */
export const removeUnfinished = async (path: string): Promise<void> => {
  const target = await behindLink(path);
  const folder = dirname(target);
  for (const name of await readdir(folder).catch(() => [])) {
    if (!name.startsWith(basename(target))) continue;
    const [, pid] = /^\.([1-9]\d*)\.tmp$/.exec(name.slice(basename(target).length)) ?? [];
    if (pid !== undefined && !isRunning(Number(pid))) await rm(join(folder, name), { force: true }).catch(() => {});
  }
};

/** A process in another container seems not to run. It finds its file missing then, and writes it again. */
const isRunning = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // One of another user may not be sent a signal.
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
};

/** The file that a path names. A new name takes the place of a link itself, which may lead to another disk that is kept. */
export const behindLink = (path: string): Promise<string> =>
  realpath(path).catch(async () => resolve(dirname(path), await readlink(path).catch(() => basename(path))));

/** Makes the names in a folder survive a power failure, as fsync does for the content of a file. */
export const syncFolder = (folder: string): void => {
  try {
    const fd = openSync(folder, 'r');
    try {
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
  } catch {
    // Windows opens no folder and needs none. Elsewhere there is nothing more to do.
  }
};
