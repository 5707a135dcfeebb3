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

/** Makes requests, each within its time, see {@link RequestTime}. */
export class TimedRequests {
  readonly #options: TimedRequestsOptions;
  readonly #time: RequestTime;
  #bytesInFlight = 0;

  constructor(options: TimedRequestsOptions) {
    this.#options = options;
    this.#time = new RequestTime(options.requestMs);
  }

  /** @throws {NoAnswerError} where its time is up; the reason of the abort; what the call throws */
  async make<T>(call: (signal: AbortSignal) => Promise<T>, bytes: number): Promise<T> {
    const { signal, clock, patience } = this.#options;
    const sentAt = clock.now();
    this.#bytesInFlight += bytes;
    const inFlight = this.#bytesInFlight;
    const timeoutMs = this.#time.limitFor(inFlight, sentAt, patience.left(sentAt) / 2);
    try {
      const answer = await answered(call, { signal, timeoutMs, clock });
      this.#time.answered(inFlight, sentAt, clock.now());
      return answer;
    } catch (error) {
      if (error instanceof NoAnswerError) this.#time.ranOut(inFlight, sentAt, clock.now());
      throw error;
    } finally {
      this.#bytesInFlight -= bytes;
    }
  }
}

interface AnsweredOptions {
  signal: AbortSignal;
  timeoutMs: number;
  clock: Pick<Clock, 'sleep'>;
}

/**
 * Makes a call that ends when it is answered, when the signal is aborted, or when its time is up, also where the call itself
 * ignores its signal.
 *
 * @throws {NoAnswerError} when its time is up; the reason of the abort; what the call throws
 */
const answered = <T>(
  call: (signal: AbortSignal) => Promise<T>,
  { signal, timeoutMs, clock }: AnsweredOptions,
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
