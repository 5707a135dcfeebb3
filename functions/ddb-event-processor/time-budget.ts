import { setMaxListeners } from 'node:events';
import type { Clock } from '../../core/clock.ts';

/** A time at which work must end. */
export interface Deadline {
  /** Is aborted at that time: it ends requests and pauses. */
  signal: AbortSignal;
  /** Whether that time has come. No timer fires while code runs, so code that may run for long asks before each step. */
  isOver: () => boolean;
}

/** How the time of one invocation is spent. */
export interface TimeBudget {
  /** Until then records are decoded. It leaves time to write what is decoded, however long the next record takes. */
  decoding: Deadline;
  /** Until then rows of EventData are written. */
  rows: Deadline;
  /** Until then rejected events are written. It is later: a row that stays unwritten must not keep them from their table. */
  rejections: Deadline;
  /** Ends all of them, and their timers. */
  end: () => void;
}

/**
 * Divides the time of an invocation. The last 1.5 s are for the answer, and the 3 s before them for rejected events; of a short time
 * each of them takes a quarter. Decoding may take half of the rest.
 *
 * @param clock for durations: one that nobody can set
 * @param remainingMs until Lambda ends the invocation
 */
export const timeBudget = (clock: Clock, remainingMs: number): TimeBudget => {
  const started = clock.now();
  const ended = new AbortController();
  const deadline = (ms: number): Deadline => {
    const over = new AbortController();
    // Every request in flight listens to it, and Node warns of a leak from eleven listeners on.
    setMaxListeners(0, over.signal);
    void clock.sleep(ms, ended.signal).then(() => over.abort());
    return {
      signal: over.signal,
      isOver: () => {
        if (clock.now() - started >= ms) over.abort();
        return over.signal.aborted;
      },
    };
  };
  const quarter = remainingMs / 4;
  const forRejections = Math.max(0, Math.floor(remainingMs - Math.min(1_500, quarter)));
  const forRows = Math.max(0, Math.floor(forRejections - Math.min(3_000, quarter)));
  return {
    decoding: deadline(Math.floor(forRows / 2)),
    rows: deadline(forRows),
    rejections: deadline(forRejections),
    end: () => ended.abort(),
  };
};
