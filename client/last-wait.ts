import type { Clock } from '../core/clock.ts';
import { OutOfPatienceError } from './producer/patience.ts';

/**
 * How long Kinesis may take nothing once the client is told to stop. Who tells it so kills it soon, Docker after ten seconds, and what
 * has not arrived by then must be kept before that. Milliseconds. https://docs.docker.com/reference/cli/docker/container/stop/
 */
const LAST_WAIT_MS = 8_000;

export interface LastWaitOptions {
  /** The client is told to stop. */
  drain: AbortSignal;
  /** How many events have their outcome. */
  settled: () => number;
  clock: Pick<Clock, 'sleep'>;
}

/**
 * Ends the wait for a Kinesis that takes nothing, once the client is told to stop.
 *
 * @returns a signal that is aborted then; `end` ends the wait before
 */
export const lastWait = ({ drain, settled, clock }: LastWaitOptions): { signal: AbortSignal; end: () => void } => {
  const [over, stuck] = [new AbortController(), new AbortController()];
  const wait = async (): Promise<void> => {
    for (let before: number | undefined; before !== settled(); ) {
      before = settled();
      await clock.sleep(LAST_WAIT_MS, over.signal);
      if (over.signal.aborted) return;
    }
    const seconds = LAST_WAIT_MS / 1_000;
    stuck.abort(new OutOfPatienceError(`it took none for ${seconds} s after the client was told to stop`));
  };
  drain.addEventListener('abort', () => void wait(), { signal: over.signal });
  return { signal: stuck.signal, end: () => over.abort() };
};
