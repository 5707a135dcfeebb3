import { setImmediate as turn } from 'node:timers/promises';
import type { Clock } from '../../core/clock.ts';

/** A clock that stands still until a test moves it. */
export class ManualClock implements Clock {
  #now: number;
  readonly #sleepers = new Set<{ until: number; wake: () => void }>();

  constructor(now = 0) {
    this.#now = now;
  }

  readonly now = (): number => this.#now;

  readonly random = (): number => 0.5;

  readonly sleep = (ms: number, signal?: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      const wake = (): void => {
        this.#sleepers.delete(sleeper);
        signal?.removeEventListener('abort', wake);
        resolve();
      };
      const sleeper = { until: this.#now + ms, wake };
      this.#sleepers.add(sleeper);
      signal?.addEventListener('abort', wake);
      if (signal?.aborted) wake();
    });

  /** How many wait for it. */
  get sleepers(): number {
    return this.#sleepers.size;
  }

  /** Moves it on to the first who wakes, where anyone sleeps. */
  advanceToNext(): void {
    if (this.#sleepers.size > 0)
      this.advance(Math.max(0, Math.min(...[...this.#sleepers].map(({ until }) => until)) - this.#now));
  }

  /** Moves it on, sleeper by sleeper, until something is done. Between them everything in this process gets its turn. */
  async advanceUntil<T>(done: Promise<T>): Promise<T> {
    let isDone = false;
    const end = (): void => {
      isDone = true;
    };
    done.then(end, end);
    for (await turn(); !isDone; await turn()) this.advanceToNext();
    return done;
  }

  /** Moves it on, and wakes who has slept long enough. */
  advance(ms: number): void {
    this.#now += ms;
    for (const sleeper of this.#sleepers) if (sleeper.until <= this.#now) sleeper.wake();
  }
}
