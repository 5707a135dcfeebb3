import type { Clock } from '../core/clock.ts';

/**
 * Calls back once so many milliseconds have passed on the clock.
 *
 * @returns ends the timer; after that there is no call
 */
export const startTimeout = (clock: Pick<Clock, 'sleep'>, ms: number, onTimeout: () => void): (() => void) => {
  const cancelled = new AbortController();
  void clock.sleep(ms, cancelled.signal).then(() => {
    if (!cancelled.signal.aborted) onTimeout();
  });
  return () => cancelled.abort();
};
