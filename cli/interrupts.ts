import type { Clock } from '../core/clock.ts';

/** What asks a command to end: Ctrl-C, a service manager, and a terminal or an ssh session that ends. */
export const STOP_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** What emits {@link STOP_SIGNALS}: a process. */
export interface Signals {
  on: (signal: NodeJS.Signals, listener: () => void) => unknown;
  off: (signal: NodeJS.Signals, listener: () => void) => unknown;
}

/** The two ways to stop a command from its terminal. */
export interface Interrupts {
  /** Aborted by the first of {@link STOP_SIGNALS}: read no more, finish what was read. */
  drain: AbortSignal;
  /** Aborted by the second: give up what is not finished. */
  stop: AbortSignal;
  /** Restores the default: one signal ends the process. */
  dispose: () => void;
}

/** Where npm runs scripts with bash, one Ctrl-C may arrive twice: from the terminal and from npm. */
const SAME_CTRL_C_MS = 200;

/**
 * Turns {@link STOP_SIGNALS} into abort signals.
 *
 * @param say prints what happens now
 * @param clock monotonic
 */
export const listenForInterrupts = (
  say: (line: string) => void,
  clock: Pick<Clock, 'now'>,
  signals: Signals = process,
): Interrupts => {
  const drain = new AbortController();
  const stop = new AbortController();
  let firstAt = Number.POSITIVE_INFINITY;
  const onSignal = (): void => {
    if (drain.signal.aborted) {
      if (clock.now() - firstAt >= SAME_CTRL_C_MS) stop.abort();
      return;
    }
    firstAt = clock.now();
    say('Stopping: delivering what was read. Ctrl-C again gives up at once.');
    drain.abort();
  };
  for (const signal of STOP_SIGNALS) signals.on(signal, onSignal);
  return {
    drain: drain.signal,
    stop: stop.signal,
    dispose: () => {
      for (const signal of STOP_SIGNALS) signals.off(signal, onSignal);
    },
  };
};

/**
 * Does what a signal may break off: a failure that comes with the signal is a part of it.
 *
 * @returns undefined where the signal was aborted
 */
export const unlessAborted = async <T>(work: () => Promise<T>, signal: AbortSignal): Promise<T | undefined> => {
  try {
    return await work();
  } catch (error) {
    // Ctrl-C in a terminal ends esbuild's process too. Its failure may come an instant before the signal.
    await new Promise(setImmediate);
    if (signal.aborted) return undefined;
    throw error;
  }
};
