import { number } from '../../cli/numbers.ts';
import { percentAndTimeLeft } from '../../cli/progress.ts';

/** How far a soak is, and how many came before it. */
export interface SoakCounts {
  /** Soaks before this one, and all of them. */
  before: number;
  soaks: number;
  /** Events of each soak. */
  events: number;
  sent: number;
  /** Events that the function has settled; they are counted only after the last one was sent. */
  settled: number;
}

/** How far all soaks are, on one line. Sending is what takes the time. */
export const progressLine = ({ before, soaks, events, sent, settled }: SoakCounts, elapsedMs: number): string =>
  [
    ...(soaks > 1 ? [`soak ${number(before + 1)} of ${number(soaks)}`] : []),
    percentAndTimeLeft({ done: before * events + sent, total: soaks * events }, elapsedMs),
    `${number(sent)} of ${number(events)} sent`,
    ...(settled > 0 ? [`${number(settled)} settled`] : []),
  ].join(', ');
