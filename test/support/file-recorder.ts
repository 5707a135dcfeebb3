import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { basename } from 'node:path';

type Open = typeof fs.promises.open;

/** What a process asks of its disk: each operation with the names of its files, in order, as in `sync a.json`. */
export interface FileRecorder {
  operations: string[];
  /** Lets the next synchronous write put only so many bytes into the file, and fail then, as a full disk does. */
  failNextWriteAfter: (bytes: number) => void;
  /** Puts the functions of Node back. */
  restore: () => void;
}

/** Records opens for writing, writes, syncs, truncations and renames of this process, until it is restored. */
export const recordFiles = (): FileRecorder => {
  const { openSync, writeSync, fsyncSync, ftruncateSync } = fs;
  const { open, rename } = fs.promises;
  const operations: string[] = [];
  const names = new Map<number, string>();
  let failAfter: number | undefined;

  fs.openSync = ((path: string, ...rest: [string, number]) => {
    const fd = openSync(path, ...rest);
    names.set(fd, basename(path));
    return fd;
  }) as typeof openSync;
  fs.writeSync = ((fd: number, data: Buffer, offset = 0) => {
    if (failAfter === undefined) {
      operations.push(`write ${names.get(fd)}`);
      return writeSync(fd, data, offset);
    }
    const bytes = failAfter;
    if (bytes > 0) {
      failAfter = 0;
      return writeSync(fd, data, offset, bytes);
    }
    failAfter = undefined;
    throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
  }) as typeof writeSync;
  fs.fsyncSync = (fd) => {
    operations.push(`sync ${names.get(fd)}`);
    fsyncSync(fd);
  };
  fs.ftruncateSync = (fd, length) => {
    operations.push(`truncate ${names.get(fd)}`);
    ftruncateSync(fd, length);
  };
  fs.promises.open = (async (path: string, flags?: string, mode?: number) => {
    const handle = await open(path, flags, mode);
    const name = basename(path);
    const { writeFile, sync } = handle;
    handle.writeFile = (...args: Parameters<typeof writeFile>) => {
      operations.push(`write ${name}`);
      return writeFile.apply(handle, args);
    };
    handle.sync = () => {
      operations.push(`sync ${name}`);
      return sync.call(handle);
    };
    return handle;
  }) as Open;
  fs.promises.rename = async (from, to) => {
    operations.push(`rename ${basename(String(from))} to ${basename(String(to))}`);
    await rename(from, to);
  };
  syncBuiltinESMExports();

  return {
    operations,
    failNextWriteAfter: (bytes) => {
      failAfter = bytes;
    },
    restore: () => {
      Object.assign(fs, { openSync, writeSync, fsyncSync, ftruncateSync });
      Object.assign(fs.promises, { open, rename });
      syncBuiltinESMExports();
    },
  };
};
