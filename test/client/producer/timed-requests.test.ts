import { getEventListeners } from 'node:events';
import { expect } from 'chai';
import { Patience } from '../../../client/producer/patience.ts';
import { NoAnswerError, timedRequests } from '../../../client/producer/timed-requests.ts';
import { ManualClock } from '../../support/manual-clock.ts';

const BYTES = 200;

describe('requests that each have their time', () => {
  const setUp = () => {
    const clock = new ManualClock();
    const patience = new Patience({ firstMs: 10_000, ms: 120_000 });
    const { signal } = new AbortController();
    return { clock, patience, signal, request: timedRequests({ signal, clock, requestMs: 6_000, patience }) };
  };

  it('leave time for another try where one answer is lost, however slow the answers before it were', async () => {
    const { clock, patience, request } = setUp();
    for (const seconds of [5, 9, 17, 33, 59, 59]) {
      patience.answered(true, clock.now());
      await clock.advanceUntil(request((signal) => clock.sleep(seconds * 1_000, signal), BYTES));
    }
    patience.answered(true, clock.now());
    const sentAt = clock.now();
    const lost = request(() => new Promise<never>(() => {}), BYTES).catch((error: unknown) => error);
    expect(await clock.advanceUntil(lost)).to.be.instanceOf(NoAnswerError);
    expect(clock.now() - sentAt).to.equal(60_000);
    expect(patience.isOver(clock.now())).to.equal(false);
  });

  it('say for how long there was no answer, in seconds that a person reads, and have twice as long after that', async () => {
    const { clock, patience, request } = setUp();
    patience.answered(true, clock.now());
    const lose = () => request(() => new Promise<never>(() => {}), BYTES).catch((error: Error) => error.message);
    expect(await clock.advanceUntil(lose())).to.equal('Kinesis did not answer for 6 s');
    expect(await clock.advanceUntil(lose())).to.equal('Kinesis did not answer for 12 s');
  });

  it('have more time only while more bytes are in flight', async () => {
    const large = 4_000_000;
    const never = () => new Promise<never>(() => {});
    for (const before of [async () => 'answered', async () => Promise.reject(new Error('refused')), never]) {
      const { clock, patience, request } = setUp();
      patience.answered(true, clock.now());
      const other = request<string>(before, large).catch(() => {});
      if (before !== never) await other;
      const lost = request(never, BYTES).catch((error: Error) => error.message);
      const seconds = before === never ? 10 : 6;
      expect(await clock.advanceUntil(lost)).to.equal(`Kinesis did not answer for ${seconds} s`);
    }
  });

  it('are ended when their time is up, and leave no timer and no listener behind', async () => {
    const { clock, patience, signal, request } = setUp();
    patience.answered(true, clock.now());
    const left = () => [clock.sleepers, getEventListeners(signal, 'abort').length];
    await request(async () => 'answered', BYTES);
    expect(left()).to.deep.equal([0, 0]);
    let ended: unknown;
    const lost = request((its) => {
      its.addEventListener('abort', () => (ended = its.reason));
      return new Promise<never>(() => {});
    }, BYTES);
    const error = await clock.advanceUntil(lost.catch((reason: unknown) => reason));
    expect(ended).to.equal(error).and.to.be.instanceOf(NoAnswerError);
    expect(left()).to.deep.equal([0, 0]);
  });
});
