import { setMaxListeners } from 'node:events';
import type { Clock } from '../core/clock.ts';

/** A time at which work must end. */
export interface Deadline {
  /** Is aborted at that time: it ends requests and pauses. */
  signal: AbortSignal;
  /** Whether that time has come. No timer fires while code runs, so code that may run for long asks before each step. */
  isOver: () => boolean;
}

/**
 * The deadline in so many milliseconds.
 *
 * @param clock for durations: one that nobody can set
 * @param ended ends its timer
 */
export const deadlineIn = (ms: number, clock: Clock, ended: AbortSignal): Deadline => {
  const started = clock.now();
  const over = new AbortController();
  // Every request in flight listens to it, and Node warns of a leak from eleven listeners on.
  setMaxListeners(0, over.signal);
  void clock.sleep(ms, ended).then(() => over.abort());
  return {
    signal: over.signal,
    isOver: () => {
      if (clock.now() - started >= ms) over.abort();
      return over.signal.aborted;
    },
  };
};

/** Milliseconds that are kept for the answer: the last 1.5 s, of a short time a quarter. */
export const answerTime = (remainingMs: number): number => Math.min(1_500, remainingMs / 4);
