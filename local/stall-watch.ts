import type { Clock } from '../core/clock.ts';
import { limitOf, streamFunctionsOf } from './lambda/function-options.ts';
import type { LocalStack } from './stack.ts';

/** Milliseconds. */
const LEAST_STALL_MS = 120_000;

/**
 * How long nothing may move in a stack before it counts as stuck. An invocation may take up to the function's timeout, fail then, and
 * be made again. Milliseconds.
 */
export const stallLimit = (stack: LocalStack): number => {
  const timeouts = streamFunctionsOf(stack).map((name) => limitOf('Timeout', name, stack));
  return Math.max(LEAST_STALL_MS, 2_000 * Math.max(...timeouts));
};

/** Waits for work that shows when it moves, and notices where it is stuck. */
export class StallWatch {
  readonly #clock: Clock;
  readonly #stallMs: number;
  #movedAt = 0;

  /**
   * @param clock monotonic
   * @param stallMs after how long without a move the work counts as stuck
   */
  constructor(clock: Clock, stallMs: number) {
    this.#clock = clock;
    this.#stallMs = stallMs;
  }

  moved(): void {
    this.#movedAt = this.#clock.now();
  }

  /** @returns undefined where the work is done, or why nobody waits any longer, as in `… and 2 events are missing` */
  async wait(work: Promise<unknown>, signal: AbortSignal): Promise<string | undefined> {
    const done = new AbortController();
    const working = work.finally(() => done.abort());
    await Promise.race([working, this.#stalled(AbortSignal.any([signal, done.signal]))]);
    if (done.signal.aborted) return undefined;
    return signal.aborted ? 'stopped while' : `nothing has moved for ${this.#stallMs / 1000} s, and`;
  }

  async #stalled(signal: AbortSignal): Promise<void> {
    for (
      let left = this.#stallMs;
      left > 0 && !signal.aborted;
      left = this.#movedAt + this.#stallMs - this.#clock.now()
    )
      await this.#clock.sleep(left, signal);
  }
}
