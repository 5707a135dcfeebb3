import { CONCURRENCY_QUOTA, GB, ON_DEMAND_STREAM, SHARD_QUOTA, WRITE_UNITS } from '../../core/limits.ts';
import type { Estimate } from './estimate.ts';
import { amount, count } from './format.ts';

/** A sentence for each limit of an account that the plan does not keep, with what to do about it. */
export const passedLimits = ({ workload, best, writeUnits }: Estimate): string[] => {
  const { carried, invoked } = best;
  const { shards } = carried;
  const peakUnits = workload.peak * writeUnits;
  const peakBytes = (carried.bytesPerSecond / workload.rate) * workload.peak;
  const busy = invoked.busy * (workload.peak / workload.rate);
  return [
    ...(carried.mode === 'provisioned' && shards > SHARD_QUOTA
      ? [`${count(shards, 'shard')}: an account has ${amount(SHARD_QUOTA)}. Have the shard quota raised.`]
      : []),
    ...(carried.mode === 'on-demand' && peakBytes > ON_DEMAND_STREAM.mostBytes
      ? [`${amount(peakBytes / GB)} GB/s: an on-demand stream takes 10. Have it raised, or set ShardCount.`]
      : []),
    ...(invoked.concurrency > CONCURRENCY_QUOTA
      ? [
          `${count(invoked.concurrency, 'invocation')} at once: an account has ${amount(CONCURRENCY_QUOTA)} for all of its functions. Have the concurrency quota raised.`,
        ]
      : []),
    ...(busy > 1
      ? [
          `The function would be busy ${amount(Math.ceil(busy * 100))} % of the time at the peak, so events would wait. Raise ParallelizationFactor or MemorySize.`,
        ]
      : []),
    ...(peakUnits > WRITE_UNITS.tableQuota
      ? [
          `${amount(peakUnits)} write units a second: a table has ${amount(WRITE_UNITS.tableQuota)}. Have the table quota raised.`,
        ]
      : []),
    ...(peakUnits > WRITE_UNITS.newTable
      ? [
          `A new table takes ${amount(WRITE_UNITS.newTable)} write units a second, then up to twice its peak every 30 minutes. Grow by that, or warm the table up.`,
        ]
      : []),
  ];
};
