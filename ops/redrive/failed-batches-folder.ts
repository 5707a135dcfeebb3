import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { EntryError } from './entry.ts';
import type { ObjectStore } from './failed-batches.ts';

/** A folder with the keys of a bucket as its paths, as the local stack keeps failed batches. No folder: no batches. */
export const failedBatchesFolder = (root: string): ObjectStore => ({
  name: `the folder "${root}"`,
  permissions: 'to read it and to delete from it',
  where: 'this machine',
  list: () => filesOf(root, ''),
  read: (key) =>
    readFile(join(root, key)).catch((cause: NodeJS.ErrnoException) => {
      if (cause.code === 'ENOENT') return undefined;
      throw new EntryError(key, `it cannot be read (${cause.code}); check who may read it`, { cause });
    }),
  // Its folders stay: the next failed batch may be about to be written into them.
  remove: (key) => rm(join(root, key), { force: true }),
});

async function* filesOf(root: string, prefix: string): AsyncGenerator<{ key: string; bytes: number }> {
  const found = await readdir(join(root, prefix), { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  const byName = found.sort((one, other) => (one.name < other.name ? -1 : 1));
  for (const { name } of byName.filter((entry) => !isUnfinished(entry.name))) {
    // S3 knows no folders, and a key has slashes on every system.
    const key = prefix === '' ? name : `${prefix}/${name}`;
    const stats = await stat(join(root, key)).catch(() => undefined);
    if (stats?.isDirectory()) yield* filesOf(root, key);
    else if (stats) yield { key, bytes: stats.size };
  }
}

/** A temporary file is what is being written, or what a killed process had not finished. */
const isUnfinished = (name: string): boolean => name.startsWith('.') || name.endsWith('.tmp');
