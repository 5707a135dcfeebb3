import { readFile, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { CommandFailed, runProcess } from './processes.ts';
import { Unavailable } from './unavailable.ts';

/** What each environment holds. aws.py changes inner parts of moto, so that is one exact release. */
const PACKAGES = {
  /** The newest, as users have it. */
  sam: ['aws-sam-cli>=1.161,<2'],
  moto: ['moto[server]==5.2.5', 'aws-sam-translator==1.115.0'],
} as const;

/**
 * An environment of Python, kept outside the tree for the next run.
 *
 * @returns the path of a program in it
 * @throws {Unavailable} where Python or the packages cannot be had
 */
export const python = async (
  name: keyof typeof PACKAGES,
  program: string,
  env: NodeJS.ProcessEnv = process.env,
): Promise<string> => {
  const cache = env.XDG_CACHE_HOME || join(homedir(), '.cache');
  const home = join(cache, 'kinesis-stream-processor', name);
  const packages = PACKAGES[name];
  const isThere = join(home, 'packages.json');
  const path = join(home, 'bin', program);
  const present = await readFile(isThere, 'utf8').catch(() => '');
  if (present === JSON.stringify(packages)) return path;
  const run = (why: string, command: readonly string[]) =>
    runProcess(command, { env, limit: 240 }).catch((error) => {
      throw error instanceof CommandFailed ? new Unavailable(why) : error;
    });
  await rm(home, { recursive: true, force: true });
  await run('python3 with venv is missing', ['python3', '-m', 'venv', home]);
  const pip = [join(home, 'bin', 'pip'), 'install', '--quiet', '--disable-pip-version-check'];
  const uv = [join(home, 'bin', 'uv'), 'pip', 'install', '--quiet', '--python', join(home, 'bin', 'python')];
  const why = `pip cannot install ${packages.join(' and ')} here`;
  // uv takes seconds where pip takes a minute, but does not know the mirrors and certificates that pip was told of.
  await run(why, [...pip, 'uv'])
    .then(() => run(why, [...uv, ...packages]))
    .catch(() => run(why, [...pip, ...packages]));
  // Last, so that an installation that was cut off is not taken for one.
  await writeFile(isThere, JSON.stringify(packages));
  return path;
};
