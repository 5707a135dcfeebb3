import { readFlags, readWhole, readWithin, switches, values } from '../../cli/flags.ts';
import { UsageError } from '../../cli/usage-error.ts';
import { defined } from '../../core/defined.ts';
import { ITEM_BYTES, RECORD_BYTES } from '../../core/limits.ts';
import { ROWS_OF_AN_EVENT } from '../../core/processor.ts';
import { ASSUMPTIONS, type Assumptions } from './assumptions.ts';
import type { Deployed } from './deployed.ts';
import type { Workload } from './estimate.ts';
import { PRICES_AS_OF, PRICES_REGION } from './prices.ts';

export const PLAN_HELP = `Says what a load costs on AWS, which shards it needs and which limits it passes. It needs no AWS account and no network:
the prices are those of ${PRICES_REGION}, looked up on ${PRICES_AS_OF}; ops/plan/prices.ts has the source of each.

  npm run plan -- --rate EVENTS_PER_S --size BYTES [options]

Load
  --rate N        events a second, on average; 0.1 is one in ten seconds
  --size BYTES    an event, with its partition key
  --peak N        events a second at most; the shards are for these         [default: the rate]
  --item BYTES    a row, with its keys and the names of its attributes      [default: the size]
  --rows N        rows that an event makes; 0.1 where nine of ten make none [default: 1]
  --clients N     clients that send at once; their events share no records  [default: 1]
  --days N        days that the bill is for                                 [default: 30]
  --rollups N     rollups of the processor; 0 is Rollups=false              [default: 1, where template.yaml has Rollups]
  --groups N      groups of a rollup that come in one of its windows        [default: 10]
  --windows N     windows of a rollup that events come for at one time      [default: 1]

Pipeline
  --batch N       BatchSize                                   [default: as template.yaml says]
  --window S      MaximumBatchingWindowInSeconds, up to 300   [default: as template.yaml says]
  --parallel N    ParallelizationFactor, up to 10             [default: as template.yaml says]
  --memory MB     MemorySize, from 128 to 10240               [default: as template.yaml says]
  --retention N   RetentionDays of rows; 0 keeps them         [default: as template.yaml says]
  --type-index    TypeIndex: each row is in an index too      [default: as template.yaml says]
  --cpu-us N      microseconds that an event takes of a whole vCPU            [default: ${ASSUMPTIONS.cpuMicroseconds}]
  --write-ms N    milliseconds that DynamoDB takes for 25 rows                [default: ${ASSUMPTIONS.writeMs}]

  --json          all of it as one JSON object; npm run --silent plan -- … prints nothing else
  -h, --help      this text

The exit code is 0, or 2 if the command was called wrongly.

Examples
  npm run plan -- --rate 1000 --size 1000
  npm run plan -- --rate 200 --peak 5000 --size 2500 --item 700
`;

export interface PlanOptions {
  workload: Workload;
  deployed: Deployed;
  assumptions: Assumptions;
  json: boolean;
}

type NumberOption = readonly [read: typeof readWithin, least: number, most: number];

/** What each option may be. */
const NUMBERS = {
  rate: [readWithin, 0.001, 1e9],
  size: [readWhole, 1, RECORD_BYTES.most],
  peak: [readWithin, 0.001, 1e9],
  item: [readWhole, 1, ITEM_BYTES],
  rows: [readWithin, 0.001, ROWS_OF_AN_EVENT],
  clients: [readWhole, 1, 10_000],
  days: [readWhole, 1, 3_660],
  rollups: [readWhole, 0, 100],
  groups: [readWhole, 1, 1e9],
  windows: [readWhole, 1, 1e6],
  batch: [readWhole, 1, 10_000],
  window: [readWhole, 0, 300],
  parallel: [readWhole, 1, 10],
  memory: [readWhole, 128, 10_240],
  retention: [readWhole, 0, 3_650],
  'cpu-us': [readWithin, 0, 1e6],
  'write-ms': [readWithin, 0, 60_000],
} satisfies Record<string, NumberOption>;

type Name = keyof typeof NUMBERS;

/**
 * Reads the command line.
 *
 * @param deployed what holds where no option says otherwise
 * @throws {UsageError} with every problem at once
 */
export const readPlanOptions = (argv: readonly string[], deployed: Deployed): PlanOptions => {
  const flags = readFlags(argv, {
    ...values(...(Object.keys(NUMBERS) as Name[])),
    ...switches('type-index', 'json'),
  });
  const problems: string[] = [];
  if (flags.rate === undefined) problems.push('--rate is missing; expected the events a second, such as --rate 1000');
  if (flags.size === undefined) problems.push('--size is missing; expected the bytes of an event, such as --size 1000');
  const given = readNumbers(flags, problems);
  const { rate = 1, peak = rate, size = 1, item = size, rows = 1, clients = 1, days = 30 } = given;
  const { rollups = deployed.rollups ? 1 : 0, groups = 10, windows = 1 } = given;
  if (given.rate !== undefined && peak < rate)
    problems.push(`--peak is ${peak}, less than the --rate of ${rate}; expected at least as much`);
  if (flags.item === undefined && size > ITEM_BYTES)
    problems.push(`--size is "${size}", and a row holds ${ITEM_BYTES}; give --item, the bytes that are stored of it`);
  if (problems.length > 0) throw new UsageError(problems);
  return {
    workload: {
      ...{ rate, peak, size, itemSize: item, rows, clients, days },
      ...(rollups > 0 && { rollups: { rollups, groups, windows } }),
    },
    deployed: {
      ...deployed,
      ...defined({
        batchSize: given.batch,
        maximumBatchingWindowInSeconds: given.window,
        parallelizationFactor: given.parallel,
        memorySize: given.memory,
        retentionDays: given.retention,
        typeIndex: flags['type-index'],
      }),
    },
    assumptions: { ...ASSUMPTIONS, ...defined({ cpuMicroseconds: given['cpu-us'], writeMs: given['write-ms'] }) },
    json: flags.json ?? false,
  };
};

const readNumbers = (flags: { readonly [name in Name]?: string | undefined }, problems: string[]) =>
  Object.fromEntries(
    Object.entries<NumberOption>(NUMBERS).map(([name, [read, least, most]]) => [
      name,
      read(name, flags[name as Name], least, most, problems),
    ]),
  ) as { readonly [name in Name]: number | undefined };
