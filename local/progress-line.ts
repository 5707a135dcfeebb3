import { number } from '../cli/numbers.ts';
import { percentAndTimeLeft } from '../cli/progress.ts';
import { extentOf } from '../client/progress-line.ts';
import type { Counts } from '../client/tally.ts';
import { defined } from '../core/defined.ts';

/** Counts of a run of the whole pipeline so far. */
export interface RunCounts extends Pick<Counts, 'file'> {
  read: number;
  sent: number;
  failed: number;
  /** Events that the function has settled. */
  stored: number;
  /** Changes of EventData that are in the rollups. */
  rolledUp: number;
}

/**
 * How far a run is. An event is done when it is stored, and not yet when it is read: so the time left is that of the slowest part.
 *
 * @param perSecond events a second that were stored lately
 * @param elapsedMs milliseconds since the first event could be read
 * @param max the events after which the run stops, where there is such a number
 */
export const progressLine = (
  { read, sent, failed, stored, rolledUp, file }: RunCounts,
  perSecond: number,
  elapsedMs: number,
  max?: number,
): string => {
  const settled = stored + failed;
  const extent = extentOf({ read, settled, ...defined({ file, max }) });
  return [
    `${number(stored)} stored`,
    `${number(Math.round(perSecond))}/s`,
    ...(failed > 0 ? [`${number(failed)} failed`] : []),
    ...(extent ? [percentAndTimeLeft(extent, elapsedMs)] : []),
    `${number(read)} read`,
    `${number(sent)} sent`,
    ...(rolledUp > 0 ? [`${number(rolledUp)} in rollups`] : []),
  ].join(', ');
};
