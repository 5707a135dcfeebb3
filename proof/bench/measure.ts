import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** What an amount of events took. */
export interface Measured {
  eventsPerSecond: number;
  /** CPU time of this process, user and system together. Microseconds. */
  cpuPerEvent: number;
  seconds: number;
}

setFlagsFromString('--expose-gc');
export const collectGarbage = runInNewContext('gc') as () => void;

/**
 * Times the work, and the CPU time of this process for it. Nothing collects the garbage of what ran before: a collection that is
 * forced takes the hidden classes of parsed objects along, and the code that was compiled for them, which nobody's function pays for.
 */
export const measure = async (events: number, work: () => Promise<unknown>): Promise<Measured> => {
  const before = process.cpuUsage();
  const started = performance.now();
  await work();
  const seconds = (performance.now() - started) / 1000;
  const { user, system } = process.cpuUsage(before);
  return { eventsPerSecond: events / seconds, cpuPerEvent: (user + system) / events, seconds };
};

/** @throws where not everything arrived: then there is no figure */
export const expectArrived = (arrived: number, expected: number, what: string): void => {
  if (arrived !== expected) throw new Error(`${arrived} ${what} arrived; expected ${expected}`);
};

/** The middle value; of an even number of values the upper one. */
export const medianOf = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

/**
 * Measures every contestant once in each round, one after another, so that a noisy machine is as noisy for all of them.
 *
 * @param warmUp rounds before the first, which are not counted
 * @param measureOne gives the figures of one contestant in one round
 * @returns the median of each figure, in the order of the contestants
 */
export const byTurns = async <Contestant, Figures extends Readonly<Record<keyof Figures, number>>>(
  contestants: readonly Contestant[],
  { rounds, warmUp = 0 }: { rounds: number; warmUp?: number },
  measureOne: (contestant: Contestant) => Promise<Figures>,
): Promise<Figures[]> => {
  const found = contestants.map((): Figures[] => []);
  for (let round = -warmUp; round < rounds; round += 1)
    for (const [index, contestant] of contestants.entries()) {
      const figures = await measureOne(contestant);
      if (round >= 0) found[index]!.push(figures);
    }
  return found.map((all) => {
    const names = Object.keys(all[0]!) as (keyof Figures)[];
    return Object.fromEntries(names.map((name) => [name, medianOf(all.map((figures) => figures[name]))])) as Figures;
  });
};
