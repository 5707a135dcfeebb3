import { readFlags, readWhole, readWithin, switches, values } from '../../cli/flags.ts';
import { UsageError } from '../../cli/usage-error.ts';
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
  --rollups N     rollups of the processor; 0 keeps none                    [default: 1, where template.yaml has Rollups]
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

/**
 * Reads the command line.
 *
 * @param deployed what holds where no option says otherwise
 * @throws {UsageError} with every problem at once
 */
export const readPlanOptions = (argv: readonly string[], deployed: Deployed): PlanOptions => {
  const flags = readFlags(argv, {
    ...values('rate', 'size', 'peak', 'item', 'rows', 'clients', 'days', 'rollups', 'groups', 'windows'),
    ...values('batch', 'window', 'parallel', 'memory', 'retention', 'cpu-us', 'write-ms'),
    ...switches('type-index', 'json'),
  });
  const problems: string[] = [];
  const upTo = (
    name: 'size' | 'item' | 'clients' | 'days' | 'groups' | 'windows' | 'batch' | 'parallel',
    most: number,
  ): number | undefined => readWhole(name, flags[name], 1, most, problems);
  const number = (
    name: 'rate' | 'peak' | 'rows' | 'window' | 'memory' | 'cpu-us' | 'write-ms',
    least: number,
    most: number,
  ) => readWithin(name, flags[name], least, most, problems);
  if (flags.rate === undefined) problems.push('--rate is missing; expected the events a second, such as --rate 1000');
  if (flags.size === undefined) problems.push('--size is missing; expected the bytes of an event, such as --size 1000');
  const givenRate = number('rate', 0.001, 1e9);
  const rate = givenRate ?? 1;
  const size = upTo('size', RECORD_BYTES.most) ?? 1;
  const peak = number('peak', 0.001, 1e9) ?? rate;
  if (givenRate !== undefined && peak < rate)
    problems.push(`--peak is ${peak}, less than the --rate of ${rate}; expected at least as much`);
  const item = upTo('item', ITEM_BYTES);
  if (flags.item === undefined && size > ITEM_BYTES)
    problems.push(`--size is "${size}", and a row holds ${ITEM_BYTES}; give --item, the bytes that are stored of it`);
  const clients = upTo('clients', 10_000) ?? 1;
  const rollups = readWhole('rollups', flags.rollups, 0, 100, problems) ?? (deployed.rollups ? 1 : 0);
  const [groups, windows] = [upTo('groups', 1e9) ?? 10, upTo('windows', 1e6) ?? 1];
  const workload = {
    rate,
    peak,
    size,
    itemSize: item ?? size,
    rows: number('rows', 0.001, ROWS_OF_AN_EVENT) ?? 1,
    clients,
    days: upTo('days', 3_660) ?? 30,
    ...(rollups > 0 && { rollups: { rollups, groups, windows } }),
  };
  const pipeline = {
    ...deployed,
    batchSize: upTo('batch', 10_000) ?? deployed.batchSize,
    maximumBatchingWindowInSeconds: number('window', 0, 300) ?? deployed.maximumBatchingWindowInSeconds,
    parallelizationFactor: upTo('parallel', 10) ?? deployed.parallelizationFactor,
    memorySize: number('memory', 128, 10_240) ?? deployed.memorySize,
    retentionDays: readWhole('retention', flags.retention, 0, 3_650, problems) ?? deployed.retentionDays,
    typeIndex: flags['type-index'] ?? deployed.typeIndex,
  };
  const assumptions = {
    ...ASSUMPTIONS,
    cpuMicroseconds: number('cpu-us', 0, 1e6) ?? ASSUMPTIONS.cpuMicroseconds,
    writeMs: number('write-ms', 0, 60_000) ?? ASSUMPTIONS.writeMs,
  };
  if (problems.length > 0) throw new UsageError(problems);
  return { workload, deployed: pipeline, assumptions, json: flags.json ?? false };
};
