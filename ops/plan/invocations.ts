import { INVOCATION_BYTES, MEMORY_OF_A_VCPU } from '../../core/limits.ts';
import { type Assumptions, FUNCTION } from './assumptions.ts';
import type { Deployed } from './deployed.ts';
import type { Carried } from './stream.ts';

/** How Lambda reads a stream. */
export interface Invoked {
  perSecond: number;
  /** Seconds of one invocation, on average. */
  seconds: number;
  /** Invocations that may run at once: batches of each shard. */
  concurrency: number;
  /** How much of that is used, on average. Above 1 the function does not keep up. */
  busy: number;
}

/**
 * How often Lambda calls the function, and how long that takes.
 *
 * A shard's records wait for a poll or for the batching window, and a batch is cut off at BatchSize and at 6 MB. The numbers are
 * averages, so that they grow with the rate without steps.
 *
 * @param rate events a second
 * @param rows of an event
 */
export const invoke = (
  { rate, rows }: { rate: number; rows: number },
  { shards, recordsPerSecond, bytesPerSecond }: Carried,
  { batchSize, maximumBatchingWindowInSeconds, parallelizationFactor, memorySize }: Deployed,
  { pollSeconds, envelopeBytes, cpuMicroseconds, writeMs }: Assumptions,
): Invoked => {
  const concurrency = shards * parallelizationFactor;
  const rounds = concurrency / Math.max(pollSeconds, maximumBatchingWindowInSeconds);
  const payload = (bytesPerSecond * 4) / 3 + recordsPerSecond * envelopeBytes;
  const perSecond = Math.max(
    Math.min(rounds, recordsPerSecond),
    recordsPerSecond / batchSize,
    payload / INVOCATION_BYTES,
  );
  // JavaScript has one thread: more memory than that of one vCPU makes nothing faster.
  const vcpu = Math.min(1, memorySize / MEMORY_OF_A_VCPU);
  const waits = Math.max(perSecond, (rate * rows) / (FUNCTION.rowsPerRequest * FUNCTION.requestsAtOnce));
  const work = (rate * cpuMicroseconds) / 1_000_000 / vcpu + (waits * writeMs) / 1_000;
  return { perSecond, seconds: work / perSecond, concurrency, busy: work / concurrency };
};
