import { type Backoff, fullJitter } from '../../core/retry.ts';
import { DisconnectedError, RefusedError } from './disconnected.ts';
import { type SourceContext, SourceError } from './source.ts';

/**
 * Decides about the next try and announces it. The same contract as `waitAfter` of core/retry.ts, with one thing more to know.
 *
 * @param failures how many tries have failed in a row, from 1
 * @param hasWorked whether a connection has brought a message, or has lasted, at any time before
 * @returns milliseconds to wait before the next try
 * @throws where another try is of no use
 */
export type WaitAfter = (error: unknown, failures: number, hasWorked?: boolean) => number;

export interface ReconnectOptions extends SourceContext {
  /** @default {@link jitteredWaits} */
  waitAfter?: WaitAfter;
}

/** How long a connection must last for the next failure to count as the first. Milliseconds. */
const HEALTHY_MS = 60_000;

/**
 * The messages of connections, one after the other. This is the one loop of the sources that connects again.
 *
 * @param connect makes one connection and yields its messages; it always ends with an error
 * @throws what `waitAfter` throws, or the reason of an abort
 */
export async function* reconnecting<T>(
  connect: () => AsyncGenerator<T, never>,
  options: ReconnectOptions,
): AsyncGenerator<T, never> {
  const { signal, clock, waitAfter = jitteredWaits(options) } = options;
  let hasWorked = false;
  for (let failures = 1; ; failures += 1) {
    const started = clock.now();
    try {
      for await (const message of connect()) {
        hasWorked = true;
        yield message;
      }
    } catch (error) {
      signal.throwIfAborted();
      if (clock.now() - started >= HEALTHY_MS) {
        // A connection that lasts works, even if the server had nothing to send.
        hasWorked = true;
        failures = 1;
      }
      await clock.sleep(waitAfter(error, failures, hasWorked), signal);
      signal.throwIfAborted();
    }
  }
}

/** The wait between tries, in addition to what the server asks for, with full jitter. */
const BACKOFF: Backoff = { baseMs: 1_000, capMs: 60_000 };

/** Failures in a row after which a person must look: failures of any kind before the first message, refusals at any time. */
const MAX_FAILURES = 10;

/** The policy for servers that publish none of their own. */
export const jitteredWaits = ({ clock, note }: Pick<SourceContext, 'clock' | 'note'>): WaitAfter => {
  let refusals = 0;
  return (error, failures, hasWorked = false) => {
    if (!(error instanceof DisconnectedError)) throw error;
    const { message, retryAfterMs, remedy } = error;
    if (remedy !== undefined && !hasWorked) throw new SourceError(`${message}; ${remedy}`, { cause: error });
    refusals = error instanceof RefusedError ? refusals + 1 : 0;
    if (refusals >= MAX_FAILURES)
      throw new SourceError(`${message}, the last of ${refusals} tries; ${remedy}`, { cause: error });
    if (!hasWorked && failures >= MAX_FAILURES)
      throw new SourceError(
        `${message}, the last of ${failures} tries; expected a connection: check the network, then start again`,
        { cause: error },
      );
    // The first try after a connection that worked is a burden to nobody.
    const isFirst = failures === 1 && hasWorked && retryAfterMs === 0;
    return announced(note, message, isFirst ? 0 : retryAfterMs + fullJitter(BACKOFF, failures, clock.random()));
  };
};

/** Tells why there is another try, and when. @returns the wait, in milliseconds */
export const announced = (note: SourceContext['note'], found: string, ms: number): number => {
  note({ kind: 'retry', message: `${found}; trying again ${ms === 0 ? 'at once' : `in ${ms / 1_000} s`}` });
  return ms;
};
