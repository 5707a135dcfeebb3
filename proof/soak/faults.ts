import { between, type Random, seeded } from '../../core/random.ts';
import type { Fault, FaultPlan } from '../fault-proxy.ts';

/** Everything that goes wrong in a soak. Each can be chosen by itself. */
export const FAULTS = {
  partial: 'Kinesis refuses single records, DynamoDB leaves items unprocessed',
  throttle: 'whole calls are throttled',
  errors: 'services answer 500 and 503',
  resets: 'connections break before or after a call took effect',
  delays: 'answers are late',
  silent: 'calls of the client have no answer, before they took effect or after',
  skew: 'Kinesis takes the clock of the client for wrong',
  internal: 'Kinesis fails to write single records of the client',
  outage: 'services are away for a while',
  tables: 'each table is away until invocations have run out of time',
  crash: 'the function throws, before it wrote or after, or ends its process',
  deadline: 'the function hangs until its time is over',
  poison: 'events that crash the function each time, before it wrote or after',
  malformed: 'bytes that are not an event, or that no item can hold',
  oversize: 'events that fit no record, which the client spools',
  duplicates: 'events that come again, with newer content',
  split: 'a shard is split in the middle',
  kill: 'the runner is killed and started again in the middle',
  'client-kill': 'the client is killed twice, without answers on its way, and goes on from its checkpoint',
  'live-refused': 'a live source breaks off in the middle and answers 4xx, and the client waits and goes on',
  'live-kill': 'the client is killed twice while it reads a live source, and goes on from its checkpoint',
  'redrive-kill': 'what was set aside is redriven, and redrive is killed twice meanwhile',
  'rollup-crash': 'the function of rollups throws, hangs or ends its process: before, between and after its writes',
  'rollup-lost': 'answers to writes of rollups get lost',
  'rollup-late': 'writes of rollups take effect up to 1.5 s after their connection broke',
  'rollup-cut': 'the function of rollups finishes only some of its changes, so that the rest is cut anew',
  'rollup-again': 'up to 250 settled changes of a shard come again, in other batches',
  'rollup-split': 'shards of the change stream end and have children',
  'rollup-edit': 'rows are written, corrected and deleted meanwhile',
} as const;
export type FaultName = keyof typeof FAULTS;
export const FAULT_NAMES = Object.keys(FAULTS) as FaultName[];

/** What the client stands without delay. The mapping and the function have faults of their own. */
const OF_CLIENT: readonly FaultName[] = ['silent', 'skew', 'internal'];

/** The faults that do not hit the client only. */
export const withoutThoseOfClient = (faults: ReadonlySet<FaultName>): Set<FaultName> =>
  new Set([...faults].filter((name) => !OF_CLIENT.includes(name)));

/** How many of a hundred calls each fault hits. */
const RATES: Partial<Record<FaultName, number>> = {
  partial: 10,
  throttle: 3,
  errors: 2,
  resets: 3,
  delays: 3,
  silent: 1,
  skew: 2,
  internal: 5,
};

/** How many calls lie between two outages, and how many an outage lasts. One who calls again and again waits long for each. */
const OUTAGE = { every: [150, 400], lasts: [4, 14], lastsForOne: [2, 4] } as const;

/**
 * What happens to each call at a proxy: the same for the same seed and the same number of the call.
 *
 * @param seed differs for each proxy of a soak
 * @param isOne whether its caller makes one call after another, so that outages are short
 */
export const seededPlan = (seed: number, faults: ReadonlySet<FaultName>, isOne = false): FaultPlan => {
  const random = seeded(seed);
  const lasts = isOne ? OUTAGE.lastsForOne : OUTAGE.lasts;
  const outages = faults.has('outage') ? outagesOf(seeded(seed + 1), lasts) : () => false;
  return ({ entries }, index) => {
    // Both numbers are taken for every call, so that what happens to a call never depends on the calls before it.
    const [which, how] = [random() * 100, random()];
    if (outages(index)) return { kind: 'reset', when: 'before' };
    return faultOf(which, how, entries.length, faults);
  };
};

const faultOf = (which: number, how: number, entries: number, faults: ReadonlySet<FaultName>): Fault | undefined => {
  let from = 0;
  for (const [name, rate] of Object.entries(RATES) as [FaultName, number][]) {
    from += rate;
    if (which < from) return faults.has(name) ? FAULT_OF[name]?.(how, entries) : undefined;
  }
  return undefined;
};

const FAULT_OF: Partial<Record<FaultName, (how: number, entries: number) => Fault | undefined>> = {
  partial: (how, entries) => (entries > 0 ? { kind: 'partial', indices: someOf(how, entries) } : undefined),
  throttle: () => ({ kind: 'error', status: 400, type: 'ProvisionedThroughputExceededException' }),
  errors: (how) => ({ kind: 'error', ...(how < 0.5 ? SERVER_ERRORS[0] : SERVER_ERRORS[1]) }),
  resets: (how) => ({ kind: 'reset', when: how < 0.5 ? 'before' : 'after' }),
  delays: (how) => ({ kind: 'delay', ms: 5 + Math.floor(how * 200) }),
  silent: (how) => (how < 0.5 ? { kind: 'hang' } : { kind: 'hang', when: 'after' }),
  skew: () => ({ kind: 'error', status: 400, type: 'InvalidSignatureException', message: 'Signature expired: …' }),
  internal: (how, entries) =>
    entries > 0 ? { kind: 'partial', indices: someOf(how, entries), isInternal: true } : undefined,
};

/** A fifth of the entries, by their indices. */
const someOf = (how: number, entries: number): number[] => {
  const random = seeded(how * 2 ** 32);
  return Array.from({ length: entries }, (_, index) => index).filter(() => random() < 0.2);
};

export const SERVER_ERRORS = [
  { status: 500, type: 'InternalServerError' },
  { status: 503, type: 'ServiceUnavailable' },
] as const;

const outagesOf = (random: Random, lasts: readonly [number, number]): ((index: number) => boolean) => {
  let [start, end] = [between(random, 20, OUTAGE.every[0]), 0];
  end = start + between(random, ...lasts);
  return (index) => {
    while (index >= end) {
      start = end + between(random, ...OUTAGE.every);
      end = start + between(random, ...lasts);
    }
    return index >= start;
  };
};

/** How the function fails in one invocation. */
export type FunctionFault = 'throw before' | 'throw after' | 'exit' | 'hang';

/** What happens to each invocation: the same for the same seed and the same number of the invocation. */
export const seededFunctionFaults = (
  seed: number,
  faults: ReadonlySet<FaultName>,
): (() => FunctionFault | undefined) => {
  const random = seeded(seed);
  return () => {
    const which = random() * 100;
    if (which < 3)
      return faults.has('crash') ? (['throw before', 'throw after', 'exit'] as const)[Math.floor(which)] : undefined;
    if (which < 4) return faults.has('deadline') ? 'hang' : undefined;
    return undefined;
  };
};
