import type { Clock } from '../../core/clock.ts';

/** What is not settled yet. */
export interface Unsettled {
  left: number;
  /** Changes whenever something was settled. */
  progress: string | number;
}

export interface WaitOptions {
  clock: Clock;
  signal: AbortSignal;
  /** How long there may be no progress: then it gives up. Milliseconds. */
  stallMs: number;
}

/** How long it waits before it looks again. Milliseconds. */
const LOOK_AGAIN_MS = 50;

/**
 * Waits until nothing is left.
 *
 * @returns how much is left where it gave up
 */
export const untilSettled = async (
  look: () => Promise<Unsettled>,
  { clock, signal, stallMs }: WaitOptions,
): Promise<number> => {
  let { left, progress } = await look();
  for (let movedAt = clock.now(); left > 0 && !signal.aborted && clock.now() - movedAt < stallMs; ) {
    await clock.sleep(LOOK_AGAIN_MS, signal);
    const before = progress;
    ({ left, progress } = await look());
    if (progress !== before) movedAt = clock.now();
  }
  return left;
};
