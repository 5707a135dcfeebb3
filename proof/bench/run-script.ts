import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

const TSX = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
const execute = promisify(execFile);

/**
 * Runs a command of the project in a process of its own.
 *
 * @param script its file, from the folder of the project
 * @returns what its last line of output says, which is JSON
 * @throws where it ends with another exit code than 0
 */
export const runScript = async <Answer>(script: string, args: readonly string[]): Promise<Answer> => {
  const file = fileURLToPath(new URL(`../../${script}`, import.meta.url));
  const { stdout } = await execute(process.execPath, ['--import', TSX, file, ...args]);
  return JSON.parse(stdout.trimEnd().split('\n').at(-1)!) as Answer;
};
