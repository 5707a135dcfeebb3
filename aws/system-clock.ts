import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '../core/clock.ts';

/** The clock of this machine: milliseconds since 1970. Whoever sets the clock moves it, so it is for dates. */
export const systemClock: Clock = {
  now: Date.now,
  sleep: (ms, signal) => delay(ms, undefined, { signal }).catch(() => undefined),
  random: Math.random,
};

/** Milliseconds since this process began: nobody can set it, so it is for durations. */
export const monotonicClock: Clock = { ...systemClock, now: () => performance.now() };
