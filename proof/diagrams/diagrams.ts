import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { systemClock } from '../../aws/system-clock.ts';
import { type Call, command } from '../../cli/command.ts';
import { EXIT } from '../../cli/exit-code.ts';
import { readFlags, switches } from '../../cli/flags.ts';
import { progressOn } from '../../cli/progress.ts';
import { architectureMermaid } from './architecture-mermaid.ts';
import { architectureSvg } from './architecture-svg.ts';
import { countsIn, withBlock, withoutSeconds } from './page.ts';

const HELP = `Makes the diagrams of the docs, and the report in the README, from the code. Pictures of pages need a browser, and are not made here.

  npm run diagrams -- [options]

  --check      writes nothing: the exit code is 1 where one of them is not as the code makes it
  -h, --help   this text
`;

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** What `npm start` prints. */
const runOnSample = async (): Promise<string> => {
  const start = [join(ROOT, 'cli/run.cjs'), join(ROOT, 'local/start.ts')];
  return (await promisify(execFile)(process.execPath, start, { cwd: ROOT })).stdout;
};

/** The README with another report, unless only the time differs. */
const withReport = (readme: string, report: string): string => {
  const made = withBlock(readme, 'text', report);
  return withoutSeconds(made) === withoutSeconds(readme) ? readme : made;
};

const main = async ({ argv }: Call): Promise<number> => {
  const { check = false } = readFlags(argv, switches('check'));
  const progress = progressOn(process.stderr, systemClock, { isQuietInLog: true });
  const report = countsIn(await progress.during(() => 'npm start', runOnSample));
  const makers: Record<string, (page: string) => string> = {
    'docs/architecture.svg': architectureSvg,
    'README.md': (page) => withReport(withBlock(page, 'mermaid', architectureMermaid()), report),
  };
  let stale = 0;
  for (const [name, make] of Object.entries(makers)) {
    const file = join(ROOT, name);
    const page = readFileSync(file, 'utf8');
    const made = make(page);
    if (made === page) continue;
    stale += 1;
    if (!check) writeFileSync(file, made);
    process.stdout.write(check ? `${name} is out of date; npm run diagrams makes it anew\n` : `${name}\n`);
  }
  if (stale === 0) process.stdout.write('The diagrams are as the code makes them.\n');
  return check && stale > 0 ? EXIT.error : EXIT.ok;
};

export default command(main, 'npm run diagrams -- --help', HELP, import.meta.url);
