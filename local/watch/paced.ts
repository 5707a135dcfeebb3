import type { Clock } from '../../core/clock.ts';
import { describeError } from '../../core/describe-error.ts';

export interface PacedOptions<Value> {
  find: (signal: AbortSignal) => Promise<Value>;
  /** How long to leave it alone after it took so long. Milliseconds. */
  pauseAfter: (ms: number) => number;
  /** What changes when there is something new to find. Without it there always may be. */
  version?: () => number;
  /** Monotonic. */
  clock: Pick<Clock, 'now'>;
  /** A sentence about a failure. @default what the error says */
  explain?: (error: Error) => string;
}

/** After so long without a change nobody is slowed down by reading. Milliseconds. */
const RESTING_MS = 2_000;

/** A value that takes a while to find. It is found again now and then while somebody asks for it, and nobody waits for that. */
export class Paced<Value> {
  readonly #options: PacedOptions<Value>;
  #isFinding = false;
  #due = Number.NEGATIVE_INFINITY;
  #version: number | undefined;
  /** The last version that was seen, and since when. */
  #seen: { version: number | undefined; at: number } = { version: undefined, at: Number.NEGATIVE_INFINITY };
  #latest: Value | undefined;
  #problem: string | undefined;

  constructor(options: PacedOptions<Value>) {
    this.#options = options;
  }

  /** Why it could not be found the last time. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /** What was found last. Where something has changed, and it is time or nothing moves any more, it is found again meanwhile. */
  latest(signal: AbortSignal): Value | undefined {
    const { clock, version } = this.#options;
    const now = clock.now();
    const current = version?.();
    if (current !== this.#seen.version) this.#seen = { version: current, at: now };
    const hasChanged = version !== undefined && current !== this.#version;
    const isDue = now >= this.#due && (version === undefined || hasChanged || this.#problem !== undefined);
    const isResting = hasChanged && now - this.#seen.at >= RESTING_MS;
    if (!this.#isFinding && (isDue || isResting)) void this.#find(signal);
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
