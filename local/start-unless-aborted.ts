/**
 * Starts something that takes a while, and closes it again where the signal is aborted meanwhile.
 *
 * @returns undefined where the signal was aborted
 */
export const startUnlessAborted = async <T extends { close: () => Promise<void> }>(
  start: () => Promise<T>,
  signal: AbortSignal,
): Promise<T | undefined> => {
  try {
    const started = await start();
    if (!signal.aborted) return started;
    await started.close();
    return undefined;
  } catch (error) {
    // Ctrl-C in a terminal ends esbuild's process too. Its failure may come an instant before the signal.
    await new Promise(setImmediate);
    if (signal.aborted) return undefined;
    throw error;
  }
};
