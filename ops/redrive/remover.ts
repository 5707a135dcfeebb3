import { startTimeout } from '../../client/timeout.ts';
import type { Clock } from '../../core/clock.ts';
import type { SetAsideStore } from './set-aside.ts';

export interface RemoverOptions {
  store: SetAsideStore;
  clock: Pick<Clock, 'sleep'>;
  /** Gives up what is not removed yet. */
  signal: AbortSignal;
  onRemoved: (names: readonly string[]) => void;
  onFailed: (names: readonly string[], error: Error) => void;
}

/** Calls of a store in flight at once. */
const CONCURRENCY = 8;

/** How long names wait for more of them, so that one call removes many. Milliseconds. */
const LINGER_MS = 50;

/** With more names than this, no more entries are read: memory stays flat. */
const MAX_WAITING = 1_000;

/** Removes entries whose events Kinesis took, as many with one call as the store allows. */
export class Remover {
  readonly #options: RemoverOptions;
  #waiting: string[] = [];
  /** None of these calls is ever rejected. */
  readonly #inFlight = new Set<Promise<void>>();
  /** Ends the wait for more names, where there is one. */
  #endLinger: (() => void) | undefined;
  #error: Error | undefined;

  constructor(options: RemoverOptions) {
    this.#options = options;
  }

  /** The error that ended the retries. Nothing is removed after it. */
  get error(): Error | undefined {
    return this.#error;
  }

  add(name: string): void {
    this.#waiting.push(name);
    if (this.#waiting.length >= this.#options.store.maxRemovals) this.#pump(false);
    else this.#endLinger ??= startTimeout(this.#options.clock, LINGER_MS, () => this.#pump(true));
  }

  /** Resolves once more may be added. */
  async ready(): Promise<void> {
    while (this.#waiting.length > MAX_WAITING) await Promise.race(this.#inFlight);
  }

  /** Resolves once every entry is removed, or has failed to be. */
  async end(): Promise<void> {
    this.#pump(true);
    while (this.#inFlight.size > 0) {
      await Promise.race(this.#inFlight);
      this.#pump(true);
    }
  }

  /** @param all whether a call may name fewer than the store allows */
  #pump(all: boolean): void {
    const { maxRemovals } = this.#options.store;
    if (all) {
      this.#endLinger?.();
      this.#endLinger = undefined;
    }
    while (this.#inFlight.size < CONCURRENCY && this.#waiting.length >= (all ? 1 : maxRemovals)) {
      const call = this.#remove(this.#waiting.splice(0, maxRemovals)).then(() => {
        this.#inFlight.delete(call);
        this.#pump(false);
      });
      this.#inFlight.add(call);
    }
  }

  async #remove(names: string[]): Promise<void> {
    const { store, signal, onRemoved, onFailed } = this.#options;
    try {
      if (this.#error) throw this.#error;
      await store.remove(names, signal);
      onRemoved(names);
    } catch (error) {
      this.#error ??= error as Error;
      onFailed(names, this.#error);
    }
  }
}
