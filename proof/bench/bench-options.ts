import { parseArgs } from 'node:util';
import { UsageError } from '../../cli/usage-error.ts';
import { SECTION_NAMES, type SectionName } from './sections.ts';

export const HELP = `Measures client, function and pipeline beside their peers on this machine. It needs no AWS account.

  npm run bench -- [options]

  --only NAMES    some of the sections: ${SECTION_NAMES.join(', ')}
  --quick         in less than a minute, with less certain figures and without growth
  --json FILE     the figures; those of sections that do not run now stay in it  [default .local/bench.json]
  --chart         measures nothing: draws the charts of docs/performance.md from FILE
  --charts-to DIR where the charts go                                           [default docs]
  -h, --help      this text

Figures mean something as ratios alone, and on a machine that does nothing else. The exit code is 0 whether or not the aims are
met, 1 if something could not be measured, 2 if the command was called wrongly.

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
  const { values } = parsed(argv);
  const { only, quick, json, chart, help } = values;
  const names = only?.split(',').map((name) => name.trim());
  const isSection = (name: string): name is SectionName => (SECTION_NAMES as string[]).includes(name);
  const unknown = names?.filter((name) => !isSection(name)) ?? [];
  if (unknown.length > 0)
    throw new UsageError(
      unknown.map((name) => `--only has "${name}"; expected some of ${SECTION_NAMES.join(', ')}, with commas between`),
    );
  const all = SECTION_NAMES.filter((name) => !quick || name !== 'growth');
  const sections = names ? SECTION_NAMES.filter((name) => names.includes(name)) : all;
  return { sections, quick, json, chart, chartsTo: values['charts-to'], help };
};

const parsed = (argv: readonly string[]) => {
  try {
    return parseArgs({
      args: [...argv],
      options: {
        only: { type: 'string' },
        quick: { type: 'boolean', default: false },
        json: { type: 'string', default: '.local/bench.json' },
        chart: { type: 'boolean', default: false },
        'charts-to': { type: 'string', default: 'docs' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
  } catch (error) {
    throw new UsageError([(error as Error).message]);
  }
};
