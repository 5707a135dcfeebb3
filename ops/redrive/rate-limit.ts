import type { RetryPolicy } from './retry.ts';

/** Waits before each event, so that no more than `rate` of them pass in a second. Without a rate it never waits. */
export const paceOf = (
  rate: number | undefined,
  { now, sleep }: Pick<RetryPolicy, 'now' | 'sleep'>,
): ((signal: AbortSignal) => Promise<void>) => {
  if (rate === undefined) return async () => {};
  let due = Number.NEGATIVE_INFINITY;
  return async (signal) => {
    // What was missed while Kinesis was slow is not caught up with.
    due = Math.max(due, now());
    // A timer is no finer than a millisecond: above a thousand a second several events pass at once.
    if (due - now() >= 1) await sleep(due - now(), signal);
    due += 1000 / rate;
  };
};
