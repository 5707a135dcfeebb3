import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { UserError } from '../cli/user-error.ts';

/**
 * Makes a folder for temporary files, which its caller removes.
 *
 * @param name what it begins with
 * @param files what it holds, by their names
 * @throws {UserError} where the folder for temporary files cannot be written, or is full; nothing is left behind then
 */
export const temporaryFolder = async (
  name: string,
  files: Readonly<Record<string, Uint8Array>> = {},
): Promise<string> => {
  let folder: string | undefined;
  try {
    // TMPDIR may name a folder of the current one. A thread takes none of those.
    folder = await mkdtemp(resolve(tmpdir(), `${name}-`));
    for (const [file, content] of Object.entries(files)) await writeFile(join(folder, file), content);
    return folder;
  } catch (cause) {
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
    const { code } = cause as NodeJS.ErrnoException;
    throw new UserError(
      `the folder for temporary files "${tmpdir()}" cannot be written (${code}); expected one that can: set TMPDIR`,
      { cause },
    );
  }
};
