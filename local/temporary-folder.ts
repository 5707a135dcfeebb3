import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UserError } from '../cli/user-error.ts';

/**
 * Makes a folder for temporary files, which its caller removes.
 *
 * @param name what it begins with
 * @throws {UserError} where the folder for temporary files cannot be written
 */
export const temporaryFolder = async (name: string): Promise<string> => {
  try {
    return await mkdtemp(join(tmpdir(), `${name}-`));
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new UserError(
      `the folder for temporary files "${tmpdir()}" cannot be written (${code}); expected one that can: set TMPDIR`,
      { cause },
    );
  }
};
