import type { Clock } from '../../core/clock.ts';

interface Timeout {
  ms: number;
  end: () => void;
}

/**
 * The clock for tests of sources. A wait between two tries is written down and over at once. A timeout, which the test names in
 * advance by its length, lasts until it is cancelled or the test lets it pass.
 */
export class SourceClock implements Clock {
  time: number;
  chance = 0;
  /** The waits that there were. Milliseconds. */
  readonly waits: number[] = [];
  /** What could end the waits early. */
  readonly signals = new Set<AbortSignal>();
  /** Called at each wait, with what could end it early. */
  onWait = (_signal: AbortSignal | undefined): void => {};
  readonly #lengths: ReadonlySet<number>;
  readonly #timeouts = new Set<Timeout>();
  #onStart = (): void => {};

  /** @param time milliseconds since 1970 */
  constructor(time: number, ...lengths: number[]) {
    this.time = time;
    this.#lengths = new Set(lengths);
  }

  readonly now = (): number => this.time;
  readonly random = (): number => this.chance;
  readonly sleep = async (ms: number, signal?: AbortSignal): Promise<void> => {
    if (this.#lengths.has(ms)) return this.#timeout(ms, signal);
    this.waits.push(ms);
    if (signal) this.signals.add(signal);
    this.onWait(signal);
  };

  /** How many timeouts are running. */
  get running(): number {
    return this.#timeouts.size;
  }

  /** Waits until a timeout of this length is running, and lets it pass. */
  async expire(ms: number): Promise<void> {
    for (;;) {
      const found = [...this.#timeouts].find((timeout) => timeout.ms === ms);
      if (found) return found.end();
      await new Promise<void>((resolve) => {
        this.#onStart = resolve;
      });
    }
  }

  #timeout(ms: number, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        this.#timeouts.delete(timeout);
        resolve();
      };
      const timeout = { ms, end };
      if (signal?.aborted) return end();
      signal?.addEventListener('abort', end, { once: true });
      this.#timeouts.add(timeout);
      this.#onStart();
    });
  }
}
