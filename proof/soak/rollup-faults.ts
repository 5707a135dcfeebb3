import type { Clock } from '../../core/clock.ts';
import { seeded } from '../../core/random.ts';
import type { FaultPlan } from '../fault-proxy.ts';
import type { FaultName } from './faults.ts';

/** How the function of rollups fails in one invocation. */
export type RollupFault =
  /** It ends its process once so many of its requests have begun, or have their answers. An invocation with fewer ends well. */
  | { kind: 'exit'; when: 'begun' | 'answered'; requests: number }
  | { kind: 'throw' | 'hang'; when: 'before' | 'after' }
  /** It has no more time than this. Milliseconds. */
  | { kind: 'hurry'; ms: number }
  /** It gets only the first of its changes, and answers that the others are unfinished. From 0 to 1. */
  | { kind: 'some'; share: number };

/** What happens to one invocation. */
export interface RollupFaults {
  fault?: RollupFault;
  /** How many of the changes that were delivered before come again first. */
  again: number;
}

/** The most changes that come again. */
export const MOST_AGAIN = 250;

/** Of a hundred invocations. */
const RATES = { exit: 6, throw: 2, hang: 0.5, hurry: 3, some: 6, again: 6 } as const;

/** What happens to each invocation: the same for the same seed and the same number of the invocation. */
export const seededRollupFaults = (seed: number, faults: ReadonlySet<FaultName>): (() => RollupFaults) => {
  const random = seeded(seed);
  return () => {
    // Four numbers for every invocation, so that what happens to one never depends on those before it.
    const [which, how, more, again] = [random() * 100, random(), random(), random() * 100];
    const fault = faultOf(which, how, more);
    const isWanted =
      fault && faults.has(fault.kind === 'hurry' || fault.kind === 'some' ? 'rollup-cut' : 'rollup-crash');
    return {
      ...(isWanted && { fault }),
      again: faults.has('rollup-again') && again < RATES.again ? 1 + Math.floor(more * MOST_AGAIN) : 0,
    };
  };
};

const faultOf = (which: number, how: number, more: number): RollupFault | undefined => {
  const kinds: readonly [rate: number, fault: RollupFault][] = [
    [RATES.exit, { kind: 'exit', when: more < 0.5 ? 'begun' : 'answered', requests: 1 + Math.floor(how * 6) }],
    [RATES.throw, { kind: 'throw', when: how < 0.5 ? 'before' : 'after' }],
    [RATES.hang, { kind: 'hang', when: how < 0.2 ? 'before' : 'after' }],
    [RATES.hurry, { kind: 'hurry', ms: 4 + Math.floor(how * 60) }],
    [RATES.some, { kind: 'some', share: how }],
  ];
  let from = 0;
  for (const [rate, fault] of kinds) {
    from += rate;
    if (which < from) return fault;
  }
  return undefined;
};

/** Of a hundred writes of a part. */
const LOST = 4;
const LATE = 4;

/** Writes that are on their way to take effect late. */
export class LateWrites {
  readonly #landing = new Set<Promise<void>>();
  readonly #clock: Pick<Clock, 'sleep'>;

  constructor(clock: Pick<Clock, 'sleep'>) {
    this.#clock = clock;
  }

  /** @returns the fault that lets a write take effect after so many milliseconds */
  after(ms: number): { kind: 'late'; until: Promise<void>; landed: () => void } {
    let landed = (): void => {};
    const landing = new Promise<void>((resolve) => {
      landed = resolve;
    });
    this.#landing.add(landing);
    void landing.then(() => this.#landing.delete(landing));
    return { kind: 'late', until: this.#clock.sleep(ms), landed };
  }

  /** Resolves when all of them have taken effect. */
  async landed(): Promise<void> {
    await Promise.all(this.#landing);
  }
}

export interface WriteFaultOptions {
  seed: number;
  faults: ReadonlySet<FaultName>;
  /** Of the rollups. */
  table: string;
  /** Holds those that take effect late. */
  writes: LateWrites;
  /** Hears of each fault. */
  note: (kind: string) => void;
}

/** What happens to writes of parts besides what happens to every call: the same for the same seed and the same number of the write. */
export const withRollupFaults = (
  plan: FaultPlan,
  { seed, faults, table, writes, note }: WriteFaultOptions,
): FaultPlan => {
  const random = seeded(seed);
  return (call, index) => {
    const fault = plan(call, index);
    if (call.operation !== 'PutItem' || !call.tables.includes(table)) return fault;
    const [which, isSoon, late] = [random() * 100, random() < 0.5, random()];
    if (fault) return fault;
    if (which < LOST && faults.has('rollup-lost')) {
      note('answer lost');
      return { kind: 'reset', when: 'after' };
    }
    if (which >= LOST && which < LOST + LATE && faults.has('rollup-late')) {
      note('write late');
      return writes.after(1 + late * (isSoon ? SOON_MS : MOST_LATE_MS));
    }
    return undefined;
  };
};

/** How late writes take effect at most: half of them while the next invocation reads and writes. Milliseconds. */
const [SOON_MS, MOST_LATE_MS] = [40, 1_500];
