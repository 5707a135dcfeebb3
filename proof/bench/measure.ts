import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** What so many events took. */
export interface Measured {
  eventsPerSecond: number;
  /** Processor time of this process, user and system together. Microseconds. */
  cpuPerEvent: number;
  seconds: number;
}

// What one leaves to the garbage collector is not to be paid by the next.
setFlagsFromString('--expose-gc');
export const collectGarbage = runInNewContext('gc') as () => void;

/** Times the work, and the processor time of this process for it. The garbage of what ran before is not counted. */
export const measure = async (events: number, work: () => Promise<unknown>): Promise<Measured> => {
  collectGarbage();
  const before = process.cpuUsage();
  const started = performance.now();
  await work();
  const seconds = (performance.now() - started) / 1000;
  const { user, system } = process.cpuUsage(before);
  return { eventsPerSecond: events / seconds, cpuPerEvent: (user + system) / events, seconds };
};
