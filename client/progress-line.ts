import { number } from '../cli/progress.ts';
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

/** `0.4 s`, `12 s`, `3 min`, `5 h`. A clock that is ahead of the source's does not make the client faster than it. */
export const duration = (ms: number): string => {
  const seconds = Math.max(0, ms) / 1000;
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  if (seconds < 119.5) return `${Math.round(seconds)} s`;
  const minutes = seconds / 60;
  return minutes < 119.5 ? `${Math.round(minutes)} min` : `${number(Math.round(minutes / 60))} h`;
};
