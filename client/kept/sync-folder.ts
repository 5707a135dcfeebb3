import { closeSync, fsyncSync, openSync } from 'node:fs';

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
    // Windows opens no folder and needs none; there is nothing else to do anywhere.
  }
};
