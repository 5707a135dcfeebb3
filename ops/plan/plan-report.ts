import { type Column, textTable } from '../../cli/text-table.ts';
import { X_POSTS_A_MONTH, X_POSTS_A_SECOND } from '../../core/limits.ts';
import { passedLimits, whatCostsMost } from './advice.ts';
import { AGGREGATE, FUNCTION } from './assumptions.ts';
import { amount, arithmeticOf, count, dollars, totalOf } from './bill-line.ts';
import type { Choice, Estimate } from './estimate.ts';
import type { PlanOptions } from './plan-options.ts';
import { PRICES, PRICES_AS_OF, PRICES_REGION } from './prices.ts';
import { canShare, type Way } from './stream.ts';

const nameOf = ({ mode, aggregate }: Way): string => (aggregate ? `${mode}, --aggregate` : mode);

const rounded = (value: number): string => amount(Math.round(value * 100) / 100);

/** The report for a person. */
export const toText = (estimate: Estimate, options: PlanOptions): string => {
  const { workload, choices, best, lines, total } = estimate;
  const { rate, peak, size, days } = workload;
  const [plain, shared] = choices as [Choice, Choice];
  const limits = passedLimits(estimate);
  const shards = ({ carried }: Choice): string =>
    `${amount(carried.shards)} (${amount(carried.shardsByRecords)} by records, ${amount(carried.shardsByBytes)} by bytes)`;
  return [
    `${count(rate, 'event')}/s of ${count(size, 'byte')}${peak > rate ? `, ${amount(peak)}/s at the peak` : ''}, ${count(days, 'day')}: ${dollars(total)}`,
    '',
    'Shards',
    ...indented(
      textTable(
        [LEFT, LEFT],
        [
          ['an event a record', shards(plain)],
          ['with --aggregate', canShare(size) ? shards(shared) : 'the same: no two events fit into one record'],
        ],
      ),
    ),
    '',
    'Ways to carry the events',
    ...indented(
      textTable(
        [LEFT, ...['shards', 'records/s', 'payload units/s', 'Kinesis', 'Lambda and log'].map(right)],
        choices.map(({ carried, lines }) => {
          const [kinesis, others] = [true, false].map((isOfKinesis) =>
            totalOf(lines.filter(({ name }) => name.startsWith('Kinesis') === isOfKinesis)),
          ) as [number, number];
          return [
            nameOf(carried),
            amount(carried.shards),
            rounded(carried.recordsPerSecond),
            carried.mode === 'provisioned' ? rounded(carried.unitsPerSecond) : '–',
            dollars(kinesis),
            dollars(others),
          ];
        }),
      ),
    ),
    `  Cheapest is ${nameOf(best.carried)}${howTo(best.carried)}. ${savingOf(plain, shared)}`,
    '',
    'The bill',
    ...indented(
      textTable(
        [LEFT, right(''), LEFT],
        [...lines.map((line) => [line.name, dollars(line.dollars), line.arithmetic]), ['Total', dollars(total), '']],
      ),
    ),
    '',
    `What costs most: ${whatCostsMost(estimate)}`,
    '',
    'Besides',
    `  Writes with provisioned capacity: ${arithmeticOf(estimate.provisionedWrites)}`,
    `  ${rowsOf(estimate, options)} ${rounded(estimate.storage.gb)} GB, and cost ${dollars(estimate.storage.dollarsAMonth)} in each month after.`,
    `  If X is the source, ${xOf(estimate)}`,
    '',
    ...(limits.length > 0 ? ['Limits that are passed', ...indented(limits), ''] : []),
    'Assumptions',
    ...indented(assumptionsOf(estimate, options)),
    '',
  ].join('\n');
};

const LEFT: Column = { name: '' };
const right = (name: string): Column => ({ name, isRight: true });

const indented = (lines: readonly string[]): string[] => lines.map((line) => `  ${line}`);

const howTo = ({ mode, shards, aggregate }: Choice['carried']): string =>
  `: ShardCount=${mode === 'provisioned' ? shards : 0}${aggregate ? ' and npm run client -- --aggregate' : ''}`;

const savingOf = (plain: Choice, shared: Choice): string => {
  const saved = Math.round((plain.total - shared.total) * 100) / 100;
  return saved > 0
    ? `On a provisioned stream --aggregate saves ${dollars(saved)}.`
    : 'On a provisioned stream --aggregate saves nothing.';
};

const rowsOf = ({ workload: { days } }: Estimate, { deployed: { retentionDays } }: PlanOptions): string =>
  retentionDays > 0 && retentionDays < days
    ? `Rows expire after ${count(retentionDays, 'day')}. Those that are left are`
    : `The rows of ${count(days, 'day')} are`;

const xOf = ({ workload, xPosts }: Estimate): string => {
  const posts = workload.rate * 86_400 * 30;
  if (workload.peak > X_POSTS_A_SECOND)
    return `the load is out of its reach: a filtered stream brings at most ${amount(X_POSTS_A_SECOND)} posts a second.`;
  return posts > X_POSTS_A_MONTH
    ? `it needs a contract: ${amount(posts)} posts a month are more than the ${amount(X_POSTS_A_MONTH)} that X sells by the piece.`
    : `it charges ${arithmeticOf(xPosts)}. It may bill a user that comes with a post too, at $${amount(PRICES.xUser.dollars)}.`;
};

const assumptionsOf = ({ workload, best, rollups }: Estimate, { deployed, assumptions }: PlanOptions): string[] => {
  const { itemSize, size, rows } = workload;
  const {
    batchSize,
    maximumBatchingWindowInSeconds: window,
    parallelizationFactor,
    memorySize,
    architecture,
  } = deployed;
  const { cpuMicroseconds, writeMs } = assumptions;
  const { invoked } = best;
  return [
    `A row has ${count(itemSize, 'byte')}, with its keys and names${itemSize === size ? ', as the event has' : ''}: --item. ${rows === 1 ? 'Every event is its own row' : `An event makes ${count(rows, 'row')}`}: --rows.`,
    `BatchSize ${amount(batchSize)}, a window of ${count(window, 'second')}, ParallelizationFactor ${parallelizationFactor}, ${amount(memorySize)} MB, ${architecture}: as in template.yaml, or --batch, --window, --parallel, --memory.`,
    `An event takes ${amount(cpuMicroseconds)} µs of a whole vCPU, as the benchmark finds: --cpu-us. Memory gives a share of one.`,
    `DynamoDB takes ${amount(writeMs)} ms for ${FUNCTION.rowsPerRequest} rows, ${FUNCTION.requestsAtOnce} requests at once: --write-ms.`,
    `A call then takes ${rounded(invoked.seconds * 1_000)} ms, and the function is busy ${amount(Math.ceil(invoked.busy * 100))} % of the time that its shards give it.`,
    `${count(workload.clients, 'client')}: --clients. With --aggregate an event waits up to ${AGGREGATE.lingerMs} ms for others.`,
    ...(rollups
      ? [
          `${count(rollups.rollups, 'rollup')}, ${count(rollups.groups, 'group')} in a window, ${count(rollups.windows, 'window')} at a time: --rollups, --groups, --windows. A call has ${count(Math.round(rollups.changes * 100) / 100, 'change')} of one of ${count(rollups.shards, 'shard')} and writes ${count(Math.round(rollups.parts * 100) / 100, 'part')} of up to 1 KB, whose storage is not included. Rows are new: one that is replaced may touch two groups.`,
        ]
      : []),
    'Keys are spread evenly, and the peak may fill each shard completely. A higher --peak leaves room for uneven keys.',
    'Only the function reads the stream of events. An on-demand stream keeps twice the shards of the peak, at least four.',
    // https://docs.aws.amazon.com/streams/latest/dev/costs-performance.html
    `Nothing fails, so S3 and RejectedEvents are empty. Requests to KMS are not included: a stream makes some for less than a few dollars. ${deployed.retentionPeriodHours > 24 ? 'RetentionPeriodHours above 24 is not included. ' : ''}No taxes, free tiers or discounts, and no dashboards: an account has three for free.`,
    'The table is empty at first. A month has 30 days, a GB 1,024³ bytes.',
    `Prices of ${PRICES_REGION}, looked up on ${PRICES_AS_OF}; ops/plan/prices.ts has the source of each.`,
  ];
};

/** Everything, for a machine. */
export const toJson = (estimate: Estimate, { deployed, assumptions }: PlanOptions): string =>
  JSON.stringify({
    pricesAsOf: PRICES_AS_OF,
    region: PRICES_REGION,
    ...estimate,
    costsMost: whatCostsMost(estimate),
    limitsPassed: passedLimits(estimate),
    pipeline: deployed,
    assumptions,
    prices: PRICES,
  });
