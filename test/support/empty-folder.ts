import { randomUUID } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * The path of a folder that is empty when each test begins, and is gone after the last one.
 *
 * @param at `before` where the tests share what is in it
 */
export const emptyFolder = (at = beforeEach): string => {
  // A path may hold whatever shells, patterns and URLs give a meaning to.
  const folder = join(tmpdir(), `test it's $&%23#ü ${randomUUID()}`);
  const remove = () => rm(folder, { recursive: true, force: true });
  at(async () => {
    await remove();
    await mkdir(folder);
  });
  after(remove);
  return folder;
};
