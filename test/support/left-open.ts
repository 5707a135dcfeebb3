import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

/** How many files a call leaves open that it opened itself, without a promise: those of others that run meanwhile do not count. */
export const leftOpen = (call: () => unknown): number => openedBy(call).left;

/** The paths of the files that a call opens so, and how many of them it leaves open. */
export const openedBy = (call: () => unknown): { paths: string[]; left: number } => {
  const { openSync, closeSync } = fs;
  const paths: string[] = [];
  const open = new Set<number>();
  fs.openSync = (...args) => {
    const fd = openSync(...args);
    paths.push(String(args[0]));
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
  return { paths, left: open.size };
};
