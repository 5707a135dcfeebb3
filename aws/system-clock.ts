import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '../core/clock.ts';

/** The clock of this machine: milliseconds since 1970. It is for dates, since it jumps when somebody sets it. */
export const systemClock: Clock = {
  now: Date.now,
  sleep: (ms, signal) => delay(ms, undefined, { signal }).catch(() => undefined),
  random: Math.random,
};

/** Milliseconds since this process began. It is for durations, since nobody can set it. */
export const monotonicClock: Clock = { ...systemClock, now: () => performance.now() };
