import { expect } from 'chai';
import { ApiPartialResponseError } from 'twitter-api-v2';
import { ConnectionEndedError, failureOf } from '../../../../client/sources/twitter/failure.ts';
import { Retry, type RetryOptions } from '../../../../client/sources/twitter/retry.ts';

describe('Retry', () => {
  const lost = new ConnectionEndedError('lost');

  const retryWith = (options: Partial<RetryOptions> = {}): Retry =>
    new Retry({
      signal: new AbortController().signal,
      note: () => {},
      sleep: async () => {},
      random: () => 0,
      now: () => 0,
      toError: ({ found }) => new Error(found),
      ...options,
    });

  const caught = (promise: Promise<unknown>): Promise<unknown> => promise.catch((error: unknown) => error);

  it('makes the call until it succeeds', async () => {
    let calls = 0;
    const call = async () => {
      calls += 1;
      if (calls < 3) throw lost;
      return 'done';
    };
    expect(await retryWith().until(call)).to.equal('done');
    expect(calls).to.equal(3);
  });

  it('does not try again an error that is not of X, such as a bug', async () => {
    const bug = new TypeError('x is not a function');
    expect(await caught(retryWith().after(bug))).to.equal(bug);
  });

  it('does not try again once it was stopped while it waited', async () => {
    const stop = new AbortController();
    const retry = retryWith({ signal: stop.signal, sleep: async () => stop.abort() });
    expect(await caught(retry.after(lost))).to.equal(stop.signal.reason);
  });

  it('bears so many failures in a row, and begins to count anew after a success', async () => {
    const retry = retryWith({ maxFailures: 2 });
    await retry.after(lost);
    retry.succeeded();
    await retry.after(lost);
    expect(await caught(retry.after(lost))).to.have.property('message', 'lost, the last of 2 tries');
  });
});

describe('a failure', () => {
  /** As the library makes it where an answer ends early, or is not the JSON it says it is. */
  const cutShort = (statusCode: number): ApiPartialResponseError => {
    const error: ApiPartialResponseError = Object.create(ApiPartialResponseError.prototype);
    return Object.defineProperty(error, '_options', { value: { response: { statusCode } } });
  };

  it('is told by the status of an answer that was cut short, where that says what went wrong', () => {
    expect(failureOf(cutShort(503))).to.include({ kind: 'server', status: 503 });
    expect(failureOf(cutShort(401))).to.include({ kind: 'final', status: 401 });
  });

  it('is one of the network where a good answer was cut short', () => {
    expect(failureOf(cutShort(200))).to.include({ kind: 'network', found: 'the answer of X was cut short' });
  });
});
