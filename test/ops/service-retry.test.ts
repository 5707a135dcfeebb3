import { expect } from 'chai';
import { retryFor } from '../../ops/service-retry.ts';
import { ManualClock } from '../support/manual-clock.ts';

describe('the patience of redrive', () => {
  const BEGUN = 500_000;
  const patience = { firstMs: 1_000, ms: 60_000 };

  /** How long a call is made again that always fails with this error. Milliseconds. */
  const waitedFor = async (error: Error): Promise<number> => {
    const clock = new ManualClock(BEGUN);
    const call = retryFor({ backoff: { baseMs: 100, capMs: 100 }, patience, clock });
    const failed = call(() => Promise.reject(error), new AbortController().signal).catch((thrown: unknown) => thrown);
    expect(await clock.advanceUntil(failed)).to.equal(error);
    return clock.now() - BEGUN;
  };

  it('is none where another try is of no use', async () => {
    expect(
      await waitedFor(
        Object.assign(new Error('no'), { name: 'AccessDeniedException', $metadata: { httpStatusCode: 400 } }),
      ),
    ).to.equal(0);
  });

  it('is short with a service that was never reached, or does not know the access key', async () => {
    const refused = Object.assign(new Error('connect'), { code: 'ECONNREFUSED' });
    const unknown = Object.assign(new Error('no'), { name: 'UnrecognizedClientException', $fault: 'client' });
    for (const error of [refused, unknown]) expect(await waitedFor(error)).to.be.within(1_000, 1_200);
  });

  it('is the whole one with a service that throttles the first call, or fails', async () => {
    const throttled = Object.assign(new Error('slower'), { name: 'ThrottlingException', $fault: 'client' });
    const failed = Object.assign(new Error('away'), { name: 'ServiceUnavailable', $fault: 'server' });
    for (const error of [throttled, failed]) expect(await waitedFor(error)).to.be.within(60_000, 60_200);
  });
});
