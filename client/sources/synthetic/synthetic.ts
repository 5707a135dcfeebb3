import { setImmediate as turn } from 'node:timers/promises';
import { UsageError } from '../../../cli/usage-error.ts';
import { firstWhere } from '../../../core/first-where.ts';
import { type Random, seeded } from '../../../core/random.ts';
import type { SourceEvent } from '../../../core/source-event.ts';
import { leavable, type Source, type SourceContext } from '../source.ts';
import type { SyntheticSettings } from '../source-settings.ts';
import { eventMaker, leastSize } from './event.ts';
import { Schedule } from './schedule.ts';

/**
 * The source `synthetic`: CloudEvents for load tests, without end. The same settings make the same events, byte for byte, so
 * they name no time; {@link SourceEvent.time} is when each was made.
 *
 * @throws {UsageError} at once, for settings that no event can have
 */
export const syntheticSource = (options: SyntheticSettings, context: SourceContext): Source => {
  const problems = problemsOf(options);
  if (problems.length > 0) throw new UsageError(problems);
  return leavable((inner) => generate(options, inner), context);
};

/** Events after which everything else in the process has its turn, such as its signals. */
const EVENTS_A_TURN = 1_000;

/** Timers wait for 25 days at most. Milliseconds. https://nodejs.org/api/timers.html#settimeoutcallback-delay-args */
const MAX_SLEEP_MS = 3_600_000;

async function* generate(
  { rate, size, keys, skew, seed }: SyntheticSettings,
  { signal, clock, calendar }: SourceContext,
): AsyncGenerator<readonly SourceEvent[], undefined> {
  const random = seeded(seed);
  const nextKey = keySampler(keys, skew, random);
  const make = eventMaker({ seed, size, random });
  const schedule = rate > 0 ? new Schedule(rate, clock.now()) : undefined;
  for (let n = 0; !signal.aborted; n += 1) {
    if (n % EVENTS_A_TURN === EVENTS_A_TURN - 1) await turn();
    // A sleep may end early: timers round, and a long wait is cut into parts.
    while (schedule && schedule.waitAt(clock.now()) > 0) {
      await clock.sleep(Math.min(schedule.waitAt(clock.now()), MAX_SLEEP_MS), signal);
      signal.throwIfAborted();
    }
    schedule?.took(clock.now());
    const partitionKey = `key-${nextKey()}`;
    yield [{ partitionKey, data: make(n, partitionKey), time: calendar.now() }];
  }
}

const problemsOf = ({ size, keys, skew, seed }: SyntheticSettings): string[] => {
  const problems: string[] = [];
  const most = skew > 0 ? MAX_KEYS.skewed : MAX_KEYS.even;
  if (keys > most) problems.push(`--keys is "${keys}"; expected at most ${most}${skew > 0 ? ' with --skew' : ''}`);
  const least = leastSize({ seed, longestKey: `key-${keys - 1}` });
  if (size < least) problems.push(`--size is "${size}"; expected at least ${least} bytes, which the envelope needs`);
  return problems;
};

/** With skew each key has a weight in memory, 8 bytes; without it the limit is what the generator can draw. */
const MAX_KEYS = { even: 2 ** 32, skewed: 1_000_000 } as const;

/**
 * Draws keys: whole numbers from 0 up to and without `keys`, the nth with a weight of 1/n to the power of `skew`.
 *
 * @param skew 0 for equal weights, 1 for Zipf's law
 */
export const keySampler = (keys: number, skew: number, random: Random): (() => number) => {
  if (skew === 0) return () => Math.floor(random() * keys);
  const cumulative = new Float64Array(keys);
  let total = 0;
  for (let key = 0; key < keys; key += 1) {
    total += (key + 1) ** -skew;
    cumulative[key] = total;
  }
  return () => {
    const drawn = random() * total;
    // The last key even where rounding has made the number as large as the sum.
    return firstWhere(keys - 1, (key) => cumulative[key]! > drawn);
  };
};
