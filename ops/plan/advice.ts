import {
  CONCURRENCY_QUOTA,
  GB,
  ON_DEMAND_STREAM,
  SHARD_QUOTA,
  SHARDS_OF_A_STREAM,
  WRITE_UNIT_BYTES,
  WRITE_UNITS,
} from '../../core/limits.ts';
import { amount, count, dollars, type Line } from './bill-line.ts';
import type { Estimate } from './estimate.ts';

/** The line that costs most, and what changes it: a few sentences for a person. */
export const whatCostsMost = (estimate: Estimate): string => {
  const { lines, total } = estimate;
  const [first, ...others] = lines as [Line, ...Line[]];
  const most = others.reduce((dearest, line) => (line.dollars > dearest.dollars ? line : dearest), first);
  const share = total > 0 ? Math.round((most.dollars / total) * 100) : 0;
  return `${most.name}, ${share} % of the bill. ${ADVICE[most.name]!(estimate)}`;
};

/** By the name of a line: each line of a bill has some. */
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
  'Index writes': () => NO_INDEX,
  'Index storage': () => NO_INDEX,
  'DynamoDB storage': () => 'RetentionDays lets rows expire that nobody needs any more.',
  'Point-in-time recovery': () => 'PointInTimeRecovery=false turns it off; then nothing restores a table.',
  'Kinesis shards': ({ best }) =>
    best.carried.shards === 1 ? 'A stream has at least one shard.' : 'A lower --peak or a smaller --size needs fewer.',
  'Kinesis payload units': () => 'Events that share records share their units: --aggregate.',
  'Kinesis stream': () => 'It is the price of a stream that sizes itself: ShardCount=0.',
  'Kinesis data in': () => SMALLER_EVENTS,
  'Kinesis data out': () => SMALLER_EVENTS,
  'Lambda calls': () => 'MaximumBatchingWindowInSeconds makes fewer of them.',
  'Lambda duration': () => 'Below 1,769 MB, MemorySize changes only the price of waiting: CPU time costs the same.',
  Log: () => 'LogLevel=WARN leaves out the lines of calls in which nothing happened.',
  'Rollup writes': () => FEWER_PARTS,
  'Rollup reads': () => FEWER_PARTS,
  'Rollup calls': () => FEWER_CALLS,
  'Rollup duration': () => FEWER_CALLS,
  'Rollup log': () => FEWER_CALLS,
  Secret: () => 'The stack cannot cost less.',
  Alarms: () => TEN_ARE_FREE,
  Metrics: () => TEN_ARE_FREE,
};

const NO_INDEX = 'TypeIndex=false leaves the index out; a query by type then reads the whole table.';
const SMALLER_EVENTS =
  'Make events smaller. A record is billed as whole KB, so small ones should share records: --aggregate.';
const TEN_ARE_FREE = 'The first ten of an account are free.';
const FEWER_PARTS = 'A longer RollupsBatchingWindowInSeconds, or fewer groups, write each part for more changes.';
const FEWER_CALLS = 'A longer RollupsBatchingWindowInSeconds makes fewer calls.';

/** A sentence for each limit of an account that the plan does not keep, with what to do about it. */
export const passedLimits = ({ workload, best, writeUnits, hasTypeIndex, rollups }: Estimate): string[] => {
  const { carried, invoked } = best;
  const { shards } = carried;
  const peakUnits = workload.peak * workload.rows * writeUnits;
  const peakBytes = (carried.bytesPerSecond / workload.rate) * workload.peak;
  const busy = invoked.busy * (workload.peak / workload.rate);
  // On average: what a peak delays is made up for behind it.
  const partsOfAWindow = rollups ? (rollups.perSecond * rollups.parts) / rollups.rollups / rollups.windows : 0;
  const found: string[] = [];
  if (carried.mode === 'provisioned' && shards > SHARD_QUOTA)
    found.push(`${count(shards, 'shard')}: an account has ${amount(SHARD_QUOTA)}. Have the shard quota raised.`);
  if (carried.mode === 'provisioned' && shards > SHARDS_OF_A_STREAM)
    found.push(
      `${count(shards, 'shard')}: a stream has at most ${amount(SHARDS_OF_A_STREAM)}, as ShardCount. Divide the events among several stacks.`,
    );
  if (carried.mode === 'on-demand' && peakBytes > ON_DEMAND_STREAM.mostBytes)
    found.push(`${amount(peakBytes / GB)} GB/s: an on-demand stream takes 10. Have it raised, or set ShardCount.`);
  if (invoked.concurrency > CONCURRENCY_QUOTA)
    found.push(
      `${count(invoked.concurrency, 'invocation')} at once: an account has ${amount(CONCURRENCY_QUOTA)} for all of its functions. Have the concurrency quota raised.`,
    );
  if (busy > 1)
    found.push(
      `The function would be busy ${amount(Math.ceil(busy * 100))} % of the time at the peak, so events would wait. Raise ParallelizationFactor or MemorySize.`,
    );
  if (peakUnits > WRITE_UNITS.tableQuota)
    found.push(
      `${amount(peakUnits)} write units a second: a table has ${amount(WRITE_UNITS.tableQuota)}. Have the table quota raised.`,
    );
  if (hasTypeIndex && peakUnits > WRITE_UNITS.partition)
    found.push(
      `${amount(peakUnits)} write units a second: the index takes ${amount(WRITE_UNITS.partition)} of one type, and the table waits for it. Spread events over several types, or leave TypeIndex out.`,
    );
  if (partsOfAWindow > WRITE_UNITS.partition)
    found.push(
      `${count(Math.round(partsOfAWindow), 'part')} a second of a rollup in one window, which takes ${amount(WRITE_UNITS.partition)}: the rollups would fall behind until their changes expire. Choose fewer groups, divide them among several rollups, or raise RollupsBatchSize and RollupsBatchingWindowInSeconds.`,
    );
  if (peakUnits > WRITE_UNITS.newTable)
    found.push(
      `A new table takes ${amount(WRITE_UNITS.newTable)} write units a second, then up to twice its peak every 30 minutes. Grow by that, or warm the table up.`,
    );
  return found;
};
