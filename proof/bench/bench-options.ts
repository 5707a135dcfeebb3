import { readCount, readFlags, refuseBoth, switches, values } from '../../cli/flags.ts';
import { UsageError } from '../../cli/usage-error.ts';
import { SECTION_NAMES, type SectionName } from './sections.ts';

export const HELP = `Measures client, function and pipeline next to their peers on this machine. It needs no AWS account.

  npm run bench -- [options]

  --only NAMES    some of the sections: ${SECTION_NAMES.join(', ')}
  --quick         in a minute or two, with less certain figures and without growth
  --runs N        all of it so many times                                       [default 1]
  --nodes LIST    by turns on these versions of Node, such as 20,24, which npx brings  [default the Node that runs this]
  --json FILE     the figures of each run. Those of other sections, and on other versions of Node, stay in it
                                                                                [default .local/bench.json]
  --page          measures nothing: writes the tables of docs/performance.md and its pictures from FILE. What FILE has no
                  figures of stays
  --docs DIR      where performance.md is                                       [default docs]
  -h, --help      this text

A section that shows growth, or that finds the same each time, is measured once, on the last Node. Only ratios of figures mean
something, and only on a machine that does nothing else. The exit code is 0 whether or not the aims are met, 1 if something could not
be measured, 2 if the command was called wrongly.

Examples
  npm run bench -- --quick
  npm run bench -- --only handler,client
  npm run bench -- --runs 3 --nodes 20,24
  npm run bench -- --page
`;

export interface BenchOptions {
  sections: SectionName[];
  quick: boolean;
  runs: number;
  /** Major versions of Node. None: the Node that runs this. */
  nodes: string[];
  json: string;
  page: boolean;
  docs: string;
}

/** @throws {UsageError} with every problem at once */
export const readOptions = (argv: readonly string[]): BenchOptions => {
  const flags = readFlags(argv, {
    ...values('only', 'runs', 'nodes', 'json', 'docs'),
    ...switches('quick', 'page'),
  });
  const { quick = false, page = false, json = '.local/bench.json', docs = 'docs' } = flags;
  const problems: string[] = [];
  const listed = (list: string | undefined): string[] | undefined => list?.split(',').map((one) => one.trim());
  const names = listed(flags.only);
  for (const name of names ?? [])
    if (!(SECTION_NAMES as string[]).includes(name))
      problems.push(`--only has "${name}"; expected some of ${SECTION_NAMES.join(', ')}, with commas between`);
  const runs = readCount('runs', flags.runs, problems) ?? 1;
  const nodes = [...new Set(listed(flags.nodes))];
  for (const node of nodes)
    if (!/^[1-9]\d$/.test(node)) problems.push(`--nodes has "${node}"; expected versions such as 20,24`);
  for (const other of ['only', 'quick', 'runs', 'nodes'] as const) refuseBoth(flags, 'page', other, problems);
  if (problems.length > 0) throw new UsageError(problems);
  const sections = SECTION_NAMES.filter((name) => names?.includes(name) ?? !(quick && name === 'growth'));
  return { sections, quick, runs, nodes, json, page, docs };
};
