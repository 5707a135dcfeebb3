import { closeSync, fsyncSync, openSync } from 'node:fs';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Writes a file so that it is there whole or not at all, even where the process is killed or the power fails.
 *
 * @param mode who may read and write a new file
 * @param makeFolders whether missing folders are made
 * @throws what the file system says; nothing is left behind then
 */
export const writeAtomically = async (
  path: string,
  content: string,
  { mode = 0o666, makeFolders = true }: { mode?: number; makeFolders?: boolean } = {},
): Promise<void> => {
  const folder = dirname(path);
  const made = makeFolders ? await mkdir(folder, { recursive: true }) : undefined;
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    const file = await open(temporary, 'w', mode);
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
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
