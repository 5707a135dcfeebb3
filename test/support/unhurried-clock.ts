import { setImmediate as turn } from 'node:timers/promises';
import type { Clock } from '../../core/clock.ts';

/** Who sleeps as long limits the time of a request or of a function: no wait between two tries is as long in these tests. */
const LIMIT_MS = 1_000;

const untilAborted = (signal: AbortSignal | undefined): Promise<void> =>
  new Promise((resolve) => {
    if (signal?.aborted) resolve();
    else signal?.addEventListener('abort', () => resolve(), { once: true });
  });

/**
 * The clock for what goes over HTTP. Answers come when they come: a limit never passes, so that no request is given up since the
 * machine is busy.
 *
 * @param limitMs the least of the limits: other waits are shorter
 */
export const withoutLimits = (clock: Clock, limitMs = LIMIT_MS): Clock => ({
  ...clock,
  sleep: (ms, signal) => (ms >= limitMs ? untilAborted(signal) : clock.sleep(ms, signal)),
});

/**
 * The same, on which time passes by the waits between two tries only, and each of them is over at once. So it is the number of tries
 * that decides when somebody runs out of patience.
 */
export class TriesClock implements Clock {
  #now = 0;

  readonly now = (): number => this.#now;

  readonly random = (): number => 0.5;

  readonly sleep = async (ms: number, signal?: AbortSignal): Promise<void> => {
    if (ms >= LIMIT_MS) return untilAborted(signal);
    const due = this.#now + ms;
    await turn();
    // Those who wait at the same time wait for the same time.
    if (!signal?.aborted) this.#now = Math.max(this.#now, due);
  };
}

/** More patience than a test has time. Milliseconds. */
export const ENDLESS_PATIENCE = { firstMs: Number.MAX_SAFE_INTEGER, ms: Number.MAX_SAFE_INTEGER };
