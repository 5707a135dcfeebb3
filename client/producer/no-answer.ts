/** A request that was never answered. It may have taken effect. */
export class NoAnswerError extends Error {
  override readonly name = 'NoAnswerError';
}

/** A longer one would fire at once. https://nodejs.org/api/timers.html#settimeoutcallback-delay-args */
const MAX_TIMER_MS = 2 ** 31 - 1;

/**
 * Makes a call that ends when it is answered, when the signal is aborted, or when its time is up, also where the call itself
 * ignores its signal.
 *
 * @throws {NoAnswerError} when its time is up; the reason of the abort; what the call throws
 */
export const answered = <T>(
  call: (signal: AbortSignal) => Promise<T>,
  { signal, timeoutMs }: { signal: AbortSignal; timeoutMs: number },
): Promise<T> =>
  new Promise((resolve, reject) => {
    const request = new AbortController();
    const end = (error: Error): void => {
      finish();
      reject(error);
      request.abort(error);
    };
    const onAbort = (): void => end(signal.reason);
    const onTimeout = (): void => end(new NoAnswerError(`Kinesis did not answer for ${timeoutMs / 1000} s`));
    const timer = setTimeout(onTimeout, Math.min(timeoutMs, MAX_TIMER_MS));
    const finish = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
    };
    signal.addEventListener('abort', onAbort);
    call(request.signal).then(resolve, reject).finally(finish);
  });
