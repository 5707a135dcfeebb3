import { WRITE_UNIT_BYTES } from '../../core/limits.ts';
import type { Estimate } from './estimate.ts';
import { amount, count, dollars } from './format.ts';
import type { Line } from './line.ts';

/** The line that costs most, and what moves it: one sentence or two. */
export const biggestKnob = (estimate: Estimate): string => {
  const { lines, total, workload } = estimate;
  const [first, ...others] = lines as [Line, ...Line[]];
  const most = others.reduce((dearest, line) => (line.dollars > dearest.dollars ? line : dearest), first);
  const share = total > 0 ? Math.round((most.dollars / total) * 100) : 0;
  return `${most.name}, ${share} % of the bill. ${ADVICE[most.name]?.(estimate) ?? `It grows with --days ${workload.days}.`}`;
};

const ADVICE: Record<string, (estimate: Estimate) => string> = {
  'DynamoDB writes': ({ workload, writeUnits, provisionedWrites }) => {
    const { itemSize } = workload;
    const over = itemSize - (writeUnits - 1) * WRITE_UNIT_BYTES;
    const smaller =
      writeUnits === 1
        ? 'A row of up to 1,024 bytes is one write unit already; write fewer rows.'
        : `A row of ${amount(itemSize)} bytes is ${writeUnits} write units; ${count(over, 'byte')} less, and it is ${writeUnits - 1}.`;
    return `${smaller} Capacity provisioned for the peak would be ${dollars(provisionedWrites.dollars)}.`;
  },
  'DynamoDB storage': () => 'Delete rows that nobody needs any more: the template keeps them for ever.',
  'Point-in-time recovery': () => 'PointInTimeRecovery=false turns it off; then nothing restores a table.',
  'Kinesis shards': ({ best }) =>
    best.carried.shards === 1 ? 'One shard is the least there is.' : 'A lower --peak or a smaller --size needs fewer.',
  'Kinesis payload units': () => 'Events that share records share their units: --aggregate.',
  'Kinesis stream': () => 'It is the price of a stream that sizes itself: ShardCount=0.',
  'Kinesis data in': () => 'Smaller events, or none below a whole KB: --aggregate.',
  'Kinesis data out': () => 'Smaller events, or none below a whole KB: --aggregate.',
  'Lambda calls': () => 'MaximumBatchingWindowInSeconds makes fewer of them.',
  'Lambda duration': () =>
    'Below 1,769 MB, MemorySize moves the price of its waiting only: processor time costs the same.',
  Log: () => 'LogLevel=WARN leaves out the lines of calls in which nothing happened.',
  Secret: () => 'It is what the stack costs at the least.',
  Alarms: () => 'The first ten of an account are free.',
};
