import { execFileSync } from 'node:child_process';
import { cpSync, existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Step } from './check.ts';
import { withoutAws } from './fake-aws.ts';
import { runProcess } from './processes.ts';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** Copies the project as it is now, without what git ignores. */
const copyTree = (to: string): void => {
  const files = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: ROOT });
  // It may be deleted, and that not committed yet.
  for (const file of files.toString().split('\0').filter(Boolean))
    if (existsSync(join(ROOT, file))) cpSync(join(ROOT, file), join(to, file));
};

/** Copies what SAM deploys from. What a command of SAM saves then stays out of the original. */
const copyBuild = (from: string, to: string): void => {
  for (const path of ['.aws-sam', 'samconfig.toml', 'template.yaml', 'events/local-env.json', 'events/kinesis.json'])
    cpSync(join(from, path), join(to, path), { recursive: true });
};

/** The folder that the command line names. */
const [, , BUILT] = process.argv;

/** How many steps {@link builtProject} takes. */
export const BUILD_STEPS = BUILT === undefined ? 1 : 0;

/**
 * A project where `sam build` has run, in a folder of its own: a copy of the one that the first argument of this process names, else
 * a copy of the tree, which is built then.
 *
 * @param sam the path of SAM's command line
 * @returns its path, and that of an empty folder in place of the user's own
 */
export const builtProject = async (
  folder: string,
  sam: string,
  step: Step,
): Promise<{ project: string; home: string }> => {
  const [project, home] = [join(folder, 'project'), join(folder, 'home')];
  await Promise.all([mkdir(project), mkdir(home)]);
  if (BUILT !== undefined) copyBuild(resolve(BUILT), project);
  else
    await step('sam build in a copy of the tree', async () => {
      copyTree(project);
      await runProcess([sam, 'build'], { cwd: project, env: withoutAws(process.env), limit: 400 });
    });
  return { project, home };
};
