import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

/** How many files a call leaves open that it opened itself, without a promise: those of others that run meanwhile do not count. */
export const leftOpen = (call: () => unknown): number => {
  const { openSync, closeSync } = fs;
  const open = new Set<number>();
  fs.openSync = (...args) => {
    const fd = openSync(...args);
    open.add(fd);
    return fd;
  };
  fs.closeSync = (fd) => {
    closeSync(fd);
    open.delete(fd);
  };
  syncBuiltinESMExports();
  try {
    call();
  } finally {
    Object.assign(fs, { openSync, closeSync });
    syncBuiltinESMExports();
  }
  return open.size;
};
