import { describeError } from '../../core/describe-error.ts';

export interface Persistence {
  /** A sentence about what goes wrong while it is tried again. */
  onProblem: (message: string) => void;
  signal: AbortSignal;
  /** Ends early, and without an error, once the signal is aborted. */
  sleep: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** Asks Kinesis until it answers. Undefined only where the signal was aborted. */
export const persistently = async <T>(
  attempt: () => Promise<T>,
  { onProblem, signal, sleep }: Persistence,
): Promise<T | undefined> => {
  while (!signal.aborted) {
    try {
      return await attempt();
    } catch (error) {
      if (signal.aborted) break;
      onProblem(`Kinesis did not answer: ${describeError(error)}`);
      await sleep(500, signal);
    }
  }
  return undefined;
};
