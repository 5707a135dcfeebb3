import type { Clock } from '../../core/clock.ts';
import { describeError } from '../../core/describe-error.ts';

export interface PacedOptions<Value> {
  find: (signal: AbortSignal) => Promise<Value>;
  /** How long to leave it alone after it took so long. Milliseconds. */
  pauseAfter: (ms: number) => number;
  /** What changes when there is something new to find. Without it there always may be. */
  version?: () => number;
  clock: Pick<Clock, 'now'>;
  /** A sentence about a failure. @default what the error says */
  explain?: (error: Error) => string;
}

/** A value that takes a while to find. It is found again now and then while somebody asks for it, and nobody waits for that. */
export class Paced<Value> {
  readonly #options: PacedOptions<Value>;
  #isFinding = false;
  #due = Number.NEGATIVE_INFINITY;
  #version: number | undefined;
  #latest: Value | undefined;
  #problem: string | undefined;

  constructor(options: PacedOptions<Value>) {
    this.#options = options;
  }

  /** Why it could not be found the last time. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /** What was found last. Where it is time, and something has changed, it is found again meanwhile. */
  latest(signal: AbortSignal): Value | undefined {
    const { clock, version } = this.#options;
    const hasNews = version === undefined || version() !== this.#version || this.#problem !== undefined;
    if (!this.#isFinding && hasNews && clock.now() >= this.#due) void this.#find(signal);
    return this.#latest;
  }

  /** Something has changed that no version tells of. */
  expire(): void {
    this.#version = undefined;
    this.#due = Number.NEGATIVE_INFINITY;
  }

  async #find(signal: AbortSignal): Promise<void> {
    const { find, pauseAfter, version, clock, explain = describeError } = this.#options;
    const started = clock.now();
    this.#isFinding = true;
    // Of before: what comes while it is being found may be missing in it.
    this.#version = version?.();
    this.#due = Number.POSITIVE_INFINITY;
    try {
      this.#latest = await find(signal);
      this.#problem = undefined;
    } catch (error) {
      if (!signal.aborted) this.#problem = explain(error as Error);
    }
    this.#isFinding = false;
    if (this.#due === Number.POSITIVE_INFINITY) this.#due = clock.now() + pauseAfter(clock.now() - started);
  }
}
