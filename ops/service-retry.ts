import { isRetryable, isServiceInTrouble } from '../aws/service-error.ts';
import type { PatienceLimits } from '../client/producer/patience.ts';
import type { Clock } from '../core/clock.ts';
import { type Backoff, fullJitter, retry } from '../core/retry.ts';

/** How calls of a service are made again, and for how long. */
export interface RetryPolicy {
  backoff: Backoff;
  /** How long one call may fail before its last error counts: before the service has ever answered, and after. */
  patience: PatienceLimits;
  /** Durations: only differences matter. */
  clock: Clock;
}

/** Makes a call again while waiting may help. Throws the last error, once it is final, patience ends or the signal is aborted. */
export type ServiceRetry = <T>(call: (signal: AbortSignal) => Promise<T>, signal: AbortSignal) => Promise<T>;

/** Retries for the calls of one service: how long it is waited for depends on whether it has ever answered. */
export const retryFor = ({ backoff, patience, clock }: RetryPolicy): ServiceRetry => {
  let hasAnswered = false;
  return (call, signal) => {
    const started = clock.now();
    const once = async () => {
      const result = await call(signal);
      hasAnswered = true;
      return result;
    };
    return retry(once, {
      clock,
      signal,
      waitAfter: (error, failures) => {
        const waited = clock.now() - started;
        hasAnswered ||= error instanceof Error && isServiceInTrouble(error);
        if (!isRetryable(error) || waited > (hasAnswered ? patience.ms : patience.firstMs)) throw error;
        return fullJitter(backoff, failures, clock.random());
      },
    });
  };
};
