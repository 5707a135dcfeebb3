import { lstat, readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { unlessGone } from '../../cli/unless-gone.ts';
import type { ObjectStore } from './failed-batches.ts';
import { EntryError } from './set-aside.ts';

/** A folder with the keys of a bucket as its paths, as the local stack keeps failed batches. A missing folder holds no batches. */
export const failedBatchesFolder = (root: string): ObjectStore => ({
  name: `the folder "${root}"`,
  permissions: 'to read it and to delete from it',
  where: 'this machine',
  list: () => filesOf(root, ''),
  read: async (key) => {
    try {
      const stats = await lstat(join(root, key));
      // A loop of links would list a batch many times, and to remove a link would leave the batch behind.
      if (stats.isSymbolicLink())
        throw new EntryError(key, 'it is a link, and links are not followed; give the folder that it leads to');
      // To open a pipe waits for somebody who writes into it, and no signal ends that.
      if (!stats.isFile()) throw new EntryError(key, 'it is not a file; move it elsewhere');
      return await readFile(join(root, key));
    } catch (cause) {
      if (cause instanceof EntryError) throw cause;
      const { code } = cause as NodeJS.ErrnoException;
      if (code === 'ENOENT') return undefined;
      throw new EntryError(key, `it cannot be read (${code}); check who may read it`, { cause });
    }
  },
  // Its folders stay: the next failed batch may be about to be written into them.
  remove: (key) => rm(join(root, key), { force: true }),
});

async function* filesOf(root: string, prefix: string): AsyncGenerator<{ key: string; bytes: number }> {
  // What another command has put back meanwhile is gone. A batch that nobody may look at must not be passed over in silence.
  const found = (await readdir(join(root, prefix), { withFileTypes: true }).catch(unlessGone)) ?? [];
  const byName = found.sort((one, other) => (one.name < other.name ? -1 : 1));
  for (const entry of byName.filter(({ name }) => !isUnfinished(name))) {
    // S3 has no folders, and a key has slashes on every system.
    const key = prefix === '' ? entry.name : `${prefix}/${entry.name}`;
    if (entry.isDirectory()) yield* filesOf(root, key);
    else if (entry.isSymbolicLink()) yield { key, bytes: 0 };
    else {
      const stats = await stat(join(root, key)).catch(unlessGone);
      if (stats) yield { key, bytes: stats.size };
    }
  }
}

/** A temporary file is being written, or a killed process did not finish it. */
const isUnfinished = (name: string): boolean => name.startsWith('.') || name.endsWith('.tmp');
