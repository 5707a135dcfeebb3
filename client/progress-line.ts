import { duration, number } from '../cli/numbers.ts';
import type { Counts } from './delivery.ts';

/**
 * How far the client is, what matters most first, since a narrow terminal shows the beginning: what has gone wrong comes before
 * what is on its way.
 *
 * @param perSecond events that Kinesis took a second, of late
 */
export const progressLine = (counts: Readonly<Counts>, perSecond: number): string => {
  const { sent, failed, inFlight, retried, refused, lagMs } = counts;
  return [
    `${number(sent)} sent`,
    `${number(Math.round(perSecond))}/s`,
    ...(failed > 0 ? [`${number(failed)} failed`] : []),
    `${number(inFlight)} in flight`,
    `${number(retried)} retried`,
    `${number(refused)} refused`,
    ...(lagMs === undefined ? [] : [`${duration(lagMs)} behind`]),
  ].join(', ');
};
