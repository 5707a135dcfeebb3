import type { Clock } from '../../core/clock.ts';
import { answerTime, type Deadline, deadlineIn } from '../deadline.ts';

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
  const ended = new AbortController();
  const deadline = (ms: number): Deadline => deadlineIn(ms, clock, ended.signal);
  const forRejections = remainingMs - answerTime(remainingMs);
  const forRows = forRejections - Math.min(3_000, remainingMs / 4);
  return {
    decoding: deadline(forRows / 2),
    rows: deadline(forRows),
    rejections: deadline(forRejections),
    end: () => ended.abort(),
  };
};
