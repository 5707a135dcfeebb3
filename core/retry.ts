import type { Clock } from './clock.ts';

/** How long to wait between tries. Milliseconds. */
export interface Backoff {
  baseMs: number;
  capMs: number;
}

/**
 * Full jitter: anything between nothing and the exponential, so that clients that failed together do not return together.
 * https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 *
 * @param failures how many tries have failed so far, from 1
 * @param random a number from 0 up to 1
 */
export const fullJitter = ({ baseMs, capMs }: Backoff, failures: number, random: number): number =>
  Math.floor(random * Math.min(capMs, baseMs * 2 ** (failures - 1)));

export interface RetryOptions {
  clock: Pick<Clock, 'sleep'>;
  /** Ends the tries: once it is aborted no call is made. */
  signal: AbortSignal;
  /**
   * Decides about the next try.
   *
   * @param failures how many tries have failed so far, from 1
   * @returns milliseconds to wait before it
   * @throws where another try is of no use
   */
  waitAfter: (error: unknown, failures: number) => number;
}

/**
 * Makes a call again until it succeeds.
 *
 * @throws what `waitAfter` throws; once the signal is aborted the last error of the call, or the reason of the abort
 * @example
 * await retry(() => table.put(rows), {
 *   clock,
 *   signal,
 *   waitAfter: (error, failures) => {
 *     if (!isRetryable(error)) throw error;
 *     return fullJitter(backoff, failures, clock.random());
 *   },
 * });
 */
export const retry = async <T>(call: () => Promise<T>, { clock, signal, waitAfter }: RetryOptions): Promise<T> => {
  for (let failures = 1; ; failures += 1) {
    signal.throwIfAborted();
    try {
      return await call();
    } catch (error) {
      if (signal.aborted) throw error;
      await clock.sleep(waitAfter(error, failures), signal);
    }
  }
};

/** Makes a call again until it succeeds. Undefined where the signal was aborted before it did. */
export const retryUntilAborted = async <T>(call: () => Promise<T>, options: RetryOptions): Promise<T | undefined> => {
  try {
    return await retry(call, options);
  } catch (error) {
    if (options.signal.aborted) return undefined;
    throw error;
  }
};
