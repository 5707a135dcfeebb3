import type { SourceContext, Timing } from '../source.ts';
import { type Failure, failureOf } from './failure.ts';
import { waitAfter } from './reconnect.ts';

export interface RetryOptions extends Timing, SourceContext {
  /** How many failures in a row to bear; the last one ends the source. @default any number */
  maxFailures?: number;
  /** The error for a failure that ends the source. */
  toError: (failure: Failure) => Error;
}

/** Waits between tries as X wants it, and knows when another try is of no use. */
export class Retry {
  readonly #options: RetryOptions;
  /** Failures since the last success, by their kind: a lost connection between two refusals must not make us press X. */
  readonly #failures = { network: 0, server: 0, limited: 0 };

  constructor(options: RetryOptions) {
    this.#options = options;
  }

  /** Makes the call until X answers it. */
  async until<T>(call: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await call();
      } catch (error) {
        await this.after(error);
      }
    }
  }

  /**
   * Waits until it is time for the next try.
   *
   * @throws the error for a final failure or for one too many, `error` itself if it is not X's, the reason of an abort
   */
  async after(error: unknown): Promise<void> {
    const { signal, note, sleep, random, now, toError, maxFailures = Number.POSITIVE_INFINITY } = this.#options;
    signal.throwIfAborted();
    const failure = failureOf(error);
    if (!failure) throw error;
    const { kind, found } = failure;
    if (kind === 'final') throw toError(failure);
    this.#failures[kind] += 1;
    const { network, server, limited } = this.#failures;
    if (network + server + limited >= maxFailures)
      throw toError({ ...failure, found: `${found}, the last of ${maxFailures} tries` });
    const ms = waitAfter({ ...failure, kind }, this.#failures[kind], now(), random());
    note({ kind: 'retry', message: `${found}; trying again ${ms === 0 ? 'at once' : `in ${ms / 1000} s`}` });
    await sleep(ms, signal);
    signal.throwIfAborted();
  }

  /** The next failure counts as the first. */
  succeeded(): void {
    Object.assign(this.#failures, { network: 0, server: 0, limited: 0 });
  }
}
