/** The two ways of stopping that a terminal asks for. */
export interface Interrupts {
  /** The first Ctrl-C or SIGTERM: read no more, finish what was read. */
  drain: AbortSignal;
  /** The second: give up what is not finished. */
  stop: AbortSignal;
  /** Restores the default, where one signal ends the process. */
  dispose: () => void;
}

/** Turns SIGINT and SIGTERM into abort signals. @param say tells a person what happens now */
export const listenForInterrupts = (say: (line: string) => void): Interrupts => {
  const drain = new AbortController();
  const stop = new AbortController();
  const onSignal = (): void => {
    if (drain.signal.aborted) stop.abort();
    else {
      say('Stopping: delivering what was read. Ctrl-C again gives up at once.');
      drain.abort();
    }
  };
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  return {
    drain: drain.signal,
    stop: stop.signal,
    dispose: () => process.off('SIGINT', onSignal).off('SIGTERM', onSignal),
  };
};
