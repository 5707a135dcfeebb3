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
  /** Whether no more comes. Until then it waits on, whatever is left. @default always */
  isComplete?: () => boolean;
}

/** How long it waits before it looks again. Milliseconds. */
const LOOK_AGAIN_MS = 50;

/**
 * Waits until nothing is left.
 *
 * @returns how much is left where it gave up
 * @throws the reason of the signal
 */
export const untilSettled = async (
  look: () => Promise<Unsettled>,
  { clock, signal, stallMs, isComplete = () => true }: WaitOptions,
): Promise<number> => {
  let movedAt = clock.now();
  for (let before: Unsettled['progress'] | undefined; ; await clock.sleep(LOOK_AGAIN_MS, signal)) {
    // Asked first: what came after that look is not complete yet.
    const complete = isComplete();
    const { left, progress } = await look();
    if (progress !== before || !complete) movedAt = clock.now();
    before = progress;
    signal.throwIfAborted();
    if ((complete && left === 0) || clock.now() - movedAt >= stallMs) return left;
  }
};
