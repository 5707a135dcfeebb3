/**
 * Time and chance, handed down whole: a test passes its own, and nothing below an entry file looks at the machine's.
 */
export interface Clock {
  /** Milliseconds. Differences always mean something; which zero they count from, the one who passes the clock decides. */
  now: () => number;
  /** Resolves after so many milliseconds, or as soon as the signal is aborted. It never rejects. */
  sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
  /** A number from 0 up to 1. */
  random: () => number;
}
