import { INVOCATION_BYTES, MEMORY_OF_A_VCPU, WRITE_UNITS } from '../../core/limits.ts';
import { type Assumptions, CHANGES } from './assumptions.ts';
import type { Deployed } from './deployed.ts';

/** The rollups of a processor, as far as their cost goes. */
export interface RollupsLoad {
  /** How many there are. */
  rollups: number;
  /** Groups of a rollup that come in one window. */
  groups: number;
  /** Windows of a rollup that events come for at one time: one where they come in time. */
  windows: number;
}

/** What keeping them takes. */
export interface KeptRollups extends RollupsLoad {
  /** Shards of the change stream: a part for each, so a group that comes in all of them is written by all. */
  shards: number;
  /** Calls of the function a second, in all shards. */
  perSecond: number;
  /** Changes of one call. */
  changes: number;
  /** Parts that one call writes, however many of its changes touch them. */
  parts: number;
  /** Seconds of one call. */
  seconds: number;
}

/**
 * What it takes to keep rollups of so many new rows a second. Lambda reads the change stream of a table without charge; the function's
 * calls, and the reads and writes of its parts, are billed.
 * https://aws.amazon.com/dynamodb/pricing/on-demand/
 *
 * @param rows a second, on average and at most
 * @param itemSize bytes of a row
 * @param writeUnits of a row
 */
export const keep = (
  { rate, peak, itemSize, writeUnits }: { rate: number; peak: number; itemSize: number; writeUnits: number },
  load: RollupsLoad,
  { rollupsBatchSize, rollupsBatchingWindowInSeconds, memorySize }: Deployed,
  { cpuMicroseconds, writeMs, envelopeBytes }: Assumptions,
): KeptRollups => {
  // A shard for each partition of the table, which takes so many writes a second.
  const shards = Math.max(CHANGES.leastShards, Math.ceil((peak * writeUnits) / WRITE_UNITS.partition));
  const rounds = shards / Math.max(CHANGES.pollSeconds, rollupsBatchingWindowInSeconds);
  const payload = rate * (itemSize + envelopeBytes);
  const perSecond = Math.max(Math.min(rounds, rate), rate / rollupsBatchSize, payload / INVOCATION_BYTES);
  const changes = rate / perSecond;
  const parts = load.rollups * Math.min(changes, load.groups * load.windows);
  const vcpu = Math.min(1, memorySize / MEMORY_OF_A_VCPU);
  // It reads its parts in requests of a hundred, then writes them, up to fifty requests at once, after a look for a rebuild.
  const waits = 2 + Math.ceil(parts / CHANGES.requestsAtOnce);
  const seconds = (changes * cpuMicroseconds) / 1_000_000 / vcpu + (waits * writeMs) / 1_000;
  return { ...load, shards, perSecond, changes, parts, seconds };
};
