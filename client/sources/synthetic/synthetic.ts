import { setTimeout as delay, setImmediate as turn } from 'node:timers/promises';
import { UsageError } from '../../../cli/usage-error.ts';
import { seeded } from '../../../core/random.ts';
import type { SourceEvent } from '../../../core/source-event.ts';
import { leavable, type Source, type SourceContext, type Timing } from '../source.ts';
import type { SyntheticSettings } from '../source-settings.ts';
import { eventMaker, leastSize } from './event.ts';
import { Pace } from './event-times.ts';
import { keySampler, MAX_KEYS } from './keys.ts';

/**
 * The source `synthetic`: CloudEvents for load tests, without end. The same settings make the same events, byte for byte, so
 * they name no time; {@link SourceEvent.time} is when each was made.
 *
 * @throws {UsageError} at once, for settings that no event can have
 */
export const syntheticSource = (options: SyntheticSettings & Partial<Timing>, context: SourceContext): Source => {
  const problems = problemsOf(options);
  if (problems.length > 0) throw new UsageError(problems);
  return leavable((inner) => generate(options, inner), context);
};

/** Events after which everything else in the process has its turn: its signals, say, where nothing else waits. */
const EVENTS_A_TURN = 1_000;

/** The longest that timers can wait is 25 days. Milliseconds. */
const MAX_SLEEP_MS = 3_600_000;

async function* generate(
  { rate, size, keys, skew, seed, ...timing }: SyntheticSettings & Partial<Timing>,
  { signal }: SourceContext,
): AsyncGenerator<SourceEvent, undefined> {
  const { sleep = (ms, abort) => delay(ms, undefined, { signal: abort }), now = Date.now } = timing;
  const random = seeded(seed);
  const nextKey = keySampler(keys, skew, random);
  const make = eventMaker({ seed, size, random });
  const pace = rate > 0 ? new Pace(rate, now()) : undefined;
  for (let n = 0; !signal.aborted; n += 1) {
    if (n % EVENTS_A_TURN === EVENTS_A_TURN - 1) await turn();
    // Sleeps may end early, by a timer's rounding or since they were too long for one.
    while (pace && pace.waitAt(now()) > 0) {
      await sleep(Math.min(pace.waitAt(now()), MAX_SLEEP_MS), signal);
      signal.throwIfAborted();
    }
    const time = now();
    pace?.took(time);
    const partitionKey = `key-${nextKey()}`;
    yield { partitionKey, data: make(n, partitionKey), time };
  }
}

const problemsOf = ({ size, keys, skew, seed }: SyntheticSettings): string[] => {
  const problems: string[] = [];
  const most = skew > 0 ? MAX_KEYS.skewed : MAX_KEYS.even;
  if (keys > most) problems.push(`--keys is "${keys}"; expected at most ${most}${skew > 0 ? ' with --skew' : ''}`);
  if (!Number.isInteger(seed)) problems.push(`--seed is "${seed}"; expected a whole number`);
  const least = leastSize({ seed, longestKey: `key-${keys - 1}` });
  if (size < least) problems.push(`--size is "${size}"; expected at least ${least} bytes, which the envelope needs`);
  return problems;
};
