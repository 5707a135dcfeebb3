import { rmSync } from 'node:fs';
import { temporaryFolder } from '../../local/temporary-folder.ts';

/** A folder for as long as the work takes. It is gone then, also where this process exits in the middle of it. */
export const withFolder = async <Result>(work: (folder: string) => Promise<Result>): Promise<Result> => {
  const folder = await temporaryFolder('bench');
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  process.once('exit', remove);
  try {
    return await work(folder);
  } finally {
    process.off('exit', remove);
    remove();
  }
};
