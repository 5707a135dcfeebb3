import { setTimeout as delay } from 'node:timers/promises';
import { type Backoff, fullJitter } from '../../core/retry.ts';
import { type SourceContext, SourceError, type Timing } from './source.ts';

/** A connection that is over, or could not be made, and may be made again. `message` fits the middle of a sentence. */
export class DisconnectedError extends Error {
  override readonly name = 'DisconnectedError';
  /** The least time the server asks to be left alone. Milliseconds. */
  readonly retryAfterMs: number;

  constructor(message: string, { retryAfterMs = 0, ...options }: ErrorOptions & { retryAfterMs?: number } = {}) {
    super(message, options);
    this.retryAfterMs = retryAfterMs;
  }
}

export interface ReconnectOptions extends SourceContext, Partial<Timing> {
  /** What to wait between tries, beside what the server asks for. @default 1 s doubling up to 60 s, with full jitter */
  backoff?: Backoff;
  /** How long a connection must last for the next failure to count as the first. Milliseconds. @default 60 s */
  healthyMs?: number;
  /** Failures in a row, before the first message, after which a person must look. @default 10 */
  maxFailuresAtStart?: number;
}

/**
 * What connections bring, over as many of them as it takes.
 *
 * @param connect makes one connection and yields what it brings; it always ends with an error: {@link DisconnectedError} where
 *   another try may help, any other where none does
 * @throws {SourceError} for failures from the start on, what `connect` throws, or the reason of an abort
 */
export async function* reconnecting<T>(
  connect: () => AsyncGenerator<T, never>,
  options: ReconnectOptions,
): AsyncGenerator<T, never> {
  const { signal, note, backoff = { baseMs: 1_000, capMs: 60_000 }, healthyMs = 60_000 } = options;
  const { sleep = (ms, abort) => delay(ms, undefined, { signal: abort }), random = Math.random } = options;
  const { now = Date.now, maxFailuresAtStart = 10 } = options;
  let isBegun = false;
  for (let failures = 1; ; failures += 1) {
    const started = now();
    try {
      for await (const message of connect()) {
        isBegun = true;
        yield message;
      }
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof DisconnectedError)) throw error;
      if (now() - started >= healthyMs) {
        // A connection that lasts works, though a quiet server may have had nothing to say.
        isBegun = true;
        failures = 1;
      }
      if (!isBegun && failures >= maxFailuresAtStart)
        throw new SourceError(
          `${error.message}, the last of ${failures} tries; expected a connection: check the network, then start again`,
          { cause: error },
        );
      // The first try after a connection that had worked costs nobody anything.
      const isFirst = failures === 1 && isBegun && error.retryAfterMs === 0;
      const ms = isFirst ? 0 : error.retryAfterMs + fullJitter(backoff, failures, random());
      note({ kind: 'retry', message: `${error.message}; trying again ${ms === 0 ? 'at once' : `in ${ms / 1000} s`}` });
      await sleep(ms, signal);
      signal.throwIfAborted();
    }
  }
}
