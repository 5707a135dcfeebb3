import type { Clock } from '../core/clock.ts';
import type { Backoff } from '../core/retry.ts';

/** How long both functions wait before they call DynamoDB again. */
export const BACKOFF: Backoff = { baseMs: 50, capMs: 2_000 };

/** How a function calls a service. */
export interface RetryPolicy {
  backoff: Backoff;
  /** Requests in flight at once. */
  concurrency: number;
  clock: Clock;
}
