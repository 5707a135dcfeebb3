/** The two ways of stopping that a terminal asks for. */
export interface Interrupts {
  /** The first Ctrl-C or SIGTERM: read no more, finish what was read. */
  drain: AbortSignal;
  /** The second: give up what is not finished. */
  stop: AbortSignal;
  /** Restores the default, where one signal ends the process. */
  dispose: () => void;
}

/** Where npm runs its scripts with bash, one Ctrl-C comes twice: from the terminal, and from npm, which passes it on. */
const SAME_CTRL_C_MS = 200;

/**
 * Turns SIGINT and SIGTERM into abort signals.
 *
 * @param say tells a person what happens now
 * @param now milliseconds, monotonic
 */
export const listenForInterrupts = (
  say: (line: string) => void,
  now: () => number = () => performance.now(),
): Interrupts => {
  const drain = new AbortController();
  const stop = new AbortController();
  let firstAt = Number.POSITIVE_INFINITY;
  const onSignal = (): void => {
    if (drain.signal.aborted) {
      if (now() - firstAt >= SAME_CTRL_C_MS) stop.abort();
      return;
    }
    firstAt = now();
    say('Stopping: delivering what was read. Ctrl-C again gives up at once.');
    drain.abort();
  };
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  return {
    drain: drain.signal,
    stop: stop.signal,
    dispose: () => process.off('SIGINT', onSignal).off('SIGTERM', onSignal),
  };
};
