import type { Clock } from '../core/clock.ts';
import type { Backoff } from '../core/retry.ts';

/** How a function calls a service. */
export interface RetryPolicy {
  backoff: Backoff;
  /** Requests in flight at once. */
  concurrency: number;
  clock: Clock;
}
