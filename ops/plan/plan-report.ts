import { X_POSTS_A_MONTH } from '../../core/limits.ts';
import { AGGREGATE, FUNCTION } from './assumptions.ts';
import type { Choice, Estimate } from './estimate.ts';
import { amount, columns, count, dollars } from './format.ts';
import { biggestKnob } from './knob.ts';
import { arithmeticOf } from './line.ts';
import { passedLimits } from './passed-limits.ts';
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
      columns(
        ['', ''],
        [
          ['an event a record', shards(plain)],
          ['with --aggregate', canShare(size) ? shards(shared) : 'the same: no two events fit into one record'],
        ],
      ),
    ),
    '',
    'Ways to carry the events',
    ...indented(
      columns(
        ['', '>shards', '>records/s', '>payload units/s', '>Kinesis', '>Lambda and log'],
        choices.map(({ carried, ...choice }) => {
          const stream = choice.lines.filter(({ name }) => name.startsWith('Kinesis'));
          const kinesis = stream.reduce((sum, line) => sum + line.dollars, 0);
          return [
            nameOf(carried),
            amount(carried.shards),
            rounded(carried.recordsPerSecond),
            carried.mode === 'provisioned' ? rounded(carried.unitsPerSecond) : '–',
            dollars(kinesis),
            dollars(choice.total - kinesis),
          ];
        }),
      ),
    ),
    `  Cheapest is ${nameOf(best.carried)}${howTo(best.carried)}. ${savingOf(plain, shared)}`,
    '',
    'The bill',
    ...indented(
      columns(
        ['', '>', ''],
        [...lines.map((line) => [line.name, dollars(line.dollars), line.arithmetic]), ['Total', dollars(total), '']],
      ),
    ),
    '',
    `The biggest knob: ${biggestKnob(estimate)}`,
    '',
    'Beside it',
    `  Writes with provisioned capacity: ${arithmeticOf(estimate.provisionedWrites)}`,
    `  The rows of ${count(days, 'day')} are ${rounded(estimate.storage.gb)} GB, and add ${dollars(estimate.storage.dollarsAMonth)} to each month after.`,
    `  Were X the source, ${xOf(estimate)}`,
    '',
    ...(limits.length > 0 ? ['Limits that are passed', ...indented(limits), ''] : []),
    'Taken for granted',
    ...indented(assumptionsOf(estimate, options)),
    '',
  ].join('\n');
};

const indented = (lines: readonly string[]): string[] => lines.map((line) => `  ${line}`);

const howTo = ({ mode, shards, aggregate }: Choice['carried']): string =>
  `: ShardCount=${mode === 'provisioned' ? shards : 0}${aggregate ? ' and npm run client -- --aggregate' : ''}`;

const savingOf = (plain: Choice, shared: Choice): string => {
  const saved = Math.round((plain.total - shared.total) * 100) / 100;
  return saved > 0
    ? `On a provisioned stream --aggregate saves ${dollars(saved)}.`
    : 'On a provisioned stream --aggregate saves nothing.';
};

const xOf = ({ workload, xPosts }: Estimate): string => {
  const posts = workload.rate * 86_400 * 30;
  return posts > X_POSTS_A_MONTH
    ? `it would be by contract: ${amount(posts)} posts a month are more than the ${amount(X_POSTS_A_MONTH)} that X sells by the piece.`
    : `it would charge ${arithmeticOf(xPosts)}`;
};

const assumptionsOf = ({ workload, best }: Estimate, { deployed, assumptions }: PlanOptions): string[] => {
  const { itemSize, size } = workload;
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
    `A row has ${count(itemSize, 'byte')}, with its keys and names${itemSize === size ? ', as the event has' : ''}: --item. Every event is a row of its own.`,
    `BatchSize ${amount(batchSize)}, a window of ${count(window, 'second')}, ParallelizationFactor ${parallelizationFactor}, ${amount(memorySize)} MB, ${architecture}: as in template.yaml, or --batch, --window, --parallel, --memory.`,
    `An event takes ${amount(cpuMicroseconds)} µs of a whole vCPU, as the benchmark finds: --cpu-us. Memory gives a share of one.`,
    `DynamoDB takes ${amount(writeMs)} ms for ${FUNCTION.rowsPerRequest} rows, ${FUNCTION.requestsAtOnce} requests at once: --write-ms.`,
    `So a call takes ${rounded(invoked.seconds * 1_000)} ms, and the function is busy ${amount(Math.ceil(invoked.busy * 100))} % of the time that its shards give it.`,
    `${count(workload.clients, 'client')}: --clients. With --aggregate an event waits ${AGGREGATE.lingerMs} ms for others, less where Kinesis answers sooner.`,
    'Keys are spread evenly, and the peak may fill each shard to the brim: a higher --peak leaves room for what is not even.',
    'The function alone reads the stream, and an on-demand stream keeps twice the shards of the peak, at least four.',
    `Nothing fails, so S3 and RejectedEvents are empty. Requests to KMS are cents. ${deployed.retentionPeriodHours > 24 ? 'RetentionPeriodHours above 24 is not in it. ' : ''}No taxes, free tiers or discounts.`,
    `The table is empty at first, so it holds half of its rows on average. A month has 30 days, a GB 1,024³ bytes.`,
    `Prices of ${PRICES_REGION}, looked up on ${PRICES_AS_OF}; ops/plan/prices.ts has the source of each.`,
  ];
};

/** Everything, for a machine. */
export const toJson = (estimate: Estimate, { deployed, assumptions }: PlanOptions): string =>
  JSON.stringify({
    pricesAsOf: PRICES_AS_OF,
    region: PRICES_REGION,
    ...estimate,
    biggestKnob: biggestKnob(estimate),
    limitsPassed: passedLimits(estimate),
    pipeline: deployed,
    assumptions,
    prices: PRICES,
  });
