import { type RetryOptions, retry } from '../../core/retry.ts';

/** Makes a call again until it succeeds. Undefined where the signal was aborted before it did. */
export const retryUntilAborted = async <T>(call: () => Promise<T>, options: RetryOptions): Promise<T | undefined> => {
  try {
    return await retry(call, options);
  } catch (error) {
    if (options.signal.aborted) return undefined;
    throw error;
  }
};
