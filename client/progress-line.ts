import { duration, number } from '../cli/numbers.ts';
import { percentAndTimeLeft } from '../cli/progress.ts';
import type { Counts } from './tally.ts';

/**
 * How far the client is. A narrow terminal shows only the beginning, so failures come before what is still on its way.
 *
 * @param perSecond events a second that Kinesis accepted lately
 * @param elapsedMs milliseconds since the run began
 */
export const progressLine = (counts: Readonly<Counts>, perSecond: number, elapsedMs = 0): string => {
  const { sent, failed, inFlight, retried, refused, lagMs, file } = counts;
  return [
    `${number(sent)} sent`,
    `${number(Math.round(perSecond))}/s`,
    ...(failed > 0 ? [`${number(failed)} failed`] : []),
    ...(file ? [percentAndTimeLeft(file, elapsedMs)] : []),
    `${number(inFlight)} in flight`,
    `${number(retried)} retried`,
    `${number(refused)} refused`,
    ...(lagMs === undefined ? [] : [`${duration(lagMs)} behind`]),
  ].join(', ');
};
