import { execFileSync } from 'node:child_process';
import { cpSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** Copies the project as it is now, without what git ignores. */
export const copyTree = (to: string): void => {
  const files = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: ROOT });
  // It may be deleted, and that not committed yet.
  for (const file of files.toString().split('\0').filter(Boolean))
    if (existsSync(join(ROOT, file))) cpSync(join(ROOT, file), join(to, file));
};

/** Copies what SAM deploys from. What a command of SAM saves then stays out of the original. */
export const copyBuild = (from: string, to: string): void => {
  for (const path of ['.aws-sam', 'samconfig.toml', 'template.yaml', 'events/local-env.json', 'events/kinesis.json'])
    cpSync(join(from, path), join(to, path), { recursive: true });
};
