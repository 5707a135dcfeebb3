import type { Clocks } from '../cli/command.ts';
import { monotonicClock, systemClock } from './system-clock.ts';

/** How often a command looks at its clock at least. Milliseconds. */
const LOOK_MS = 1_000;

/** After this long without a look the process did not run. Milliseconds. */
const STANDSTILL_MS = 3 * LOOK_MS;

/**
 * Time that stands still with the process: where it was stopped, as by Ctrl-Z, or slept with its machine, it has not waited for anybody.
 *
 * @param now monotonic milliseconds
 * @returns the same, to be looked at more often than every {@link STANDSTILL_MS}
 */
export const withoutStandstills = (now: () => number): (() => number) => {
  let last = now();
  let stood = 0;
  return () => {
    const time = now();
    if (time - last > STANDSTILL_MS) stood += time - last;
    last = time;
    return time - stood;
  };
};

let timeRun: (() => number) | undefined;

/** Begins at the first look: a command that is loaded need not run. */
const runningTime = (): number => {
  if (timeRun === undefined) {
    timeRun = withoutStandstills(monotonicClock.now);
    setInterval(timeRun, LOOK_MS).unref();
  }
  return timeRun();
};

/** Both clocks of this machine, for commands. The first one counts while the command runs only. */
export const systemClocks: Clocks = { clock: { ...systemClock, now: runningTime }, calendar: systemClock };
