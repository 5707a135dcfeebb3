import { isRetryable } from '../../aws/service-error.ts';
import { type Backoff, fullJitter } from '../../core/retry.ts';

/** How calls of a service are made again, and for how long. */
export interface RetryPolicy {
  backoff: Backoff;
  /** How long one call may fail before its last error counts: before the service has ever answered, and after. */
  patience: { firstMs: number; ms: number };
  random: () => number;
  now: () => number;
  /** Ends early, and without an error, once the signal is aborted. */
  sleep: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** Makes a call again while waiting may help. Throws the last error, once it is final, patience ends or the signal is aborted. */
export type Retry = <T>(call: (signal: AbortSignal) => Promise<T>, signal: AbortSignal) => Promise<T>;

/** For the calls of one service: whether it has ever answered decides how long it is waited for. */
export const retryFor = ({ backoff, patience, random, now, sleep }: RetryPolicy): Retry => {
  let answered = false;
  return async (call, signal) => {
    const started = now();
    for (let failures = 1; ; failures += 1) {
      try {
        const result = await call(signal);
        answered = true;
        return result;
      } catch (error) {
        const waited = now() - started;
        if (signal.aborted || !isRetryable(error) || waited > (answered ? patience.ms : patience.firstMs)) throw error;
      }
      await sleep(fullJitter(backoff, failures, random()), signal);
    }
  };
};
