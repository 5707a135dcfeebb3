import type { Clock } from '../../core/clock.ts';
import { startTimeout } from '../timeout.ts';
import type { Patience } from './patience.ts';
import { RequestTime } from './request-time.ts';

/** A request that was never answered. It may have taken effect. */
export class NoAnswerError extends Error {
  override readonly name = 'NoAnswerError';
}

export interface TimedRequestsOptions {
  /** Ends all requests. */
  signal: AbortSignal;
  clock: Clock;
  /** How long a small request may take at first. Milliseconds. */
  requestMs: number;
  /** The time of a request grows to half of what is left of it at most, so that one lost answer never ends it. */
  patience: Patience;
}

/**
 * Makes requests, each within its time, see {@link RequestTime}.
 *
 * @returns makes one of so many bytes; throws {@link NoAnswerError} where its time is up, the reason of the abort, or what the call throws
 */
export const timedRequests = ({ signal, clock, requestMs, patience }: TimedRequestsOptions) => {
  const time = new RequestTime(requestMs);
  let bytesInFlight = 0;
  return async <T>(call: (signal: AbortSignal) => Promise<T>, bytes: number): Promise<T> => {
    const sentAt = clock.now();
    bytesInFlight += bytes;
    const inFlight = bytesInFlight;
    const timeoutMs = time.limitFor(inFlight, sentAt, patience.left(sentAt) / 2);
    try {
      const answer = await answered(call, { signal, timeoutMs, clock });
      time.answered(inFlight, sentAt, clock.now());
      return answer;
    } catch (error) {
      if (error instanceof NoAnswerError) time.ranOut(inFlight, sentAt, clock.now());
      throw error;
    } finally {
      bytesInFlight -= bytes;
    }
  };
};

/** Makes a call that ends when it is answered, when the signal is aborted, or when its time is up, also where it ignores its signal. */
const answered = <T>(
  call: (signal: AbortSignal) => Promise<T>,
  { signal, timeoutMs, clock }: Pick<TimedRequestsOptions, 'signal' | 'clock'> & { timeoutMs: number },
): Promise<T> =>
  new Promise((resolve, reject) => {
    const request = new AbortController();
    const end = (error: Error): void => {
      finish();
      reject(error);
      request.abort(error);
    };
    const onAbort = (): void => end(signal.reason);
    const finish = (): void => {
      endTimeout();
      signal.removeEventListener('abort', onAbort);
    };
    const endTimeout = startTimeout(clock, timeoutMs, () =>
      end(new NoAnswerError(`Kinesis did not answer for ${seconds(timeoutMs)} s`)),
    );
    signal.addEventListener('abort', onAbort);
    call(request.signal).then(resolve, reject).finally(finish);
  });

const seconds = (ms: number): number => Math.round(ms / 100) / 10;
