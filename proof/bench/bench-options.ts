import { readFlags } from '../../cli/flags.ts';
import { UsageError } from '../../cli/usage-error.ts';
import { SECTION_NAMES, type SectionName } from './sections.ts';

export const HELP = `Measures client, function and pipeline next to their peers on this machine. It needs no AWS account.

  npm run bench -- [options]

  --only NAMES    some of the sections: ${SECTION_NAMES.join(', ')}
  --quick         in less than a minute, with less certain figures and without growth
  --json FILE     the figures; those of sections that do not run now stay in it  [default .local/bench.json]
  --chart         measures nothing: draws the charts of docs/performance.md from FILE
  --charts-to DIR where the charts go                                           [default docs]
  -h, --help      this text

Only ratios of figures mean something, and only on a machine that does nothing else. The exit code is 0 whether or not the aims
are met, 1 if something could not be measured, 2 if the command was called wrongly.

Examples
  npm run bench -- --quick
  npm run bench -- --only handler,client
  npm run bench -- --chart
`;

export interface BenchOptions {
  sections: SectionName[];
  quick: boolean;
  json: string;
  chart: boolean;
  chartsTo: string;
  help: boolean;
}

/** @throws {UsageError} with every problem at once */
export const readOptions = (argv: readonly string[]): BenchOptions => {
  const flags = readFlags(argv, {
    only: { type: 'string' },
    quick: { type: 'boolean' },
    json: { type: 'string' },
    chart: { type: 'boolean' },
    'charts-to': { type: 'string' },
    help: { type: 'boolean', short: 'h' },
  } as const);
  const {
    quick = false,
    chart = false,
    help = false,
    json = '.local/bench.json',
    'charts-to': chartsTo = 'docs',
  } = flags;
  const names = flags.only?.split(',').map((name) => name.trim());
  const unknown = names?.filter((name) => !(SECTION_NAMES as string[]).includes(name)) ?? [];
  if (unknown.length > 0)
    throw new UsageError(
      unknown.map((name) => `--only has "${name}"; expected some of ${SECTION_NAMES.join(', ')}, with commas between`),
    );
  const sections = SECTION_NAMES.filter((name) => names?.includes(name) ?? !(quick && name === 'growth'));
  return { sections, quick, json, chart, chartsTo, help };
};
