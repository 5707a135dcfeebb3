import { duration, number } from '../cli/numbers.ts';
import { type Extent, percentAndTimeLeft } from '../cli/progress.ts';
import { defined } from '../core/defined.ts';
import type { Counts } from './tally.ts';

/**
 * How far the client is. A narrow terminal shows only the beginning, so failures come before what is still on its way.
 *
 * @param perSecond events a second that Kinesis accepted lately
 * @param elapsedMs milliseconds since the run began
 * @param max the events after which the run stops, where there is such a number
 */
export const progressLine = (counts: Readonly<Counts>, perSecond: number, elapsedMs = 0, max?: number): string => {
  const { read, sent, failed, inFlight, retried, refused, lagMs, file } = counts;
  const extent = extentOf({ read, settled: sent + failed, ...defined({ file, max }) });
  return [
    `${number(sent)} sent`,
    `${number(Math.round(perSecond))}/s`,
    ...(failed > 0 ? [`${number(failed)} failed`] : []),
    ...(extent ? [percentAndTimeLeft(extent, elapsedMs)] : []),
    `${number(inFlight)} in flight`,
    `${number(retried)} retried`,
    `${number(refused)} refused`,
    ...(lagMs === undefined ? [] : [`${duration(lagMs)} behind`]),
  ].join(', ');
};

/**
 * How far a run is whose end is known: the end of its file, or the largest number of events. The one that is nearer counts. What is read
 * of a file is not done yet: thousands of events may wait.
 *
 * @param settled events that are done
 */
export const extentOf = ({
  read,
  settled,
  file,
  max,
}: Pick<Counts, 'read' | 'file'> & { settled: number; max?: number }): Extent | undefined => {
  const share = read > 0 ? Math.min(1, settled / read) : 0;
  const extents: Extent[] = [
    ...(file ? [{ from: file.start, done: file.start + (file.readTo - file.start) * share, total: file.size }] : []),
    ...(max === undefined ? [] : [{ done: settled, total: max }]),
  ];
  return extents.toSorted((one, other) => other.done / other.total - one.done / one.total)[0];
};
