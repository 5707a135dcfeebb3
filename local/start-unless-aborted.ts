import { unlessAborted } from '../cli/interrupts.ts';

/**
 * Starts something that takes a while, and closes it again where the signal is aborted meanwhile.
 *
 * @returns undefined where the signal was aborted
 */
export const startUnlessAborted = <T extends { close: () => Promise<void> }>(
  start: () => Promise<T>,
  signal: AbortSignal,
): Promise<T | undefined> =>
  unlessAborted(async () => {
    const started = await start();
    if (!signal.aborted) return started;
    await started.close();
    return undefined;
  }, signal);
