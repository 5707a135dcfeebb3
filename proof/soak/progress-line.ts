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
  /** Events that the function has settled. */
  settled: number;
}

/** How far all soaks are, on one line. An event is halfway when it is sent. */
export const progressLine = ({ before, soaks, events, sent, settled }: SoakCounts, elapsedMs: number): string =>
  [
    ...(soaks > 1 ? [`soak ${number(before + 1)} of ${number(soaks)}`] : []),
    percentAndTimeLeft({ done: before * events + (sent + settled) / 2, total: soaks * events }, elapsedMs),
    `${number(sent)} of ${number(events)} sent`,
    ...(settled > 0 ? [`${number(settled)} settled`] : []),
  ].join(', ');
