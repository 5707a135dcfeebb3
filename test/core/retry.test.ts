import { expect } from 'chai';
import { fullJitter, retry } from '../../core/retry.ts';

const backoff = { baseMs: 100, capMs: 1_000 };

describe('fullJitter', () => {
  it('waits anything from nothing up to the exponential', () => {
    expect(fullJitter(backoff, 1, 0)).to.equal(0);
    expect(fullJitter(backoff, 1, 0.999)).to.equal(99);
    expect(fullJitter(backoff, 3, 0.5)).to.equal(200);
  });

  it('waits no longer than its cap, however often it failed', () => {
    expect(fullJitter(backoff, 2_000, 0.999)).to.equal(999);
  });
});

describe('retry', () => {
  const over = new Error('the time is over');

  it('makes no call once its signal is aborted, neither at first nor after a pause', async () => {
    for (const most of [0, 1, 2]) {
      const ends = new AbortController();
      let calls = 0;
      const endAfter = (made: number): void => {
        if (made === most) ends.abort(over);
      };
      endAfter(0);
      const call = async (): Promise<never> => {
        calls += 1;
        throw new Error('busy');
      };
      const clock = { sleep: async () => endAfter(calls) };
      const error = await retry(call, { clock, signal: ends.signal, waitAfter: () => 0 }).catch((thrown) => thrown);
      expect(error).to.equal(over);
      expect(calls).to.equal(most);
    }
  });

  it('throws the error of the call that was under way when its signal was aborted', async () => {
    const ends = new AbortController();
    const ended = new Error('the request was ended');
    const call = async (): Promise<never> => {
      ends.abort(over);
      throw ended;
    };
    const waitAfter = (): never => expect.fail('another try');
    const clock = { sleep: async () => {} };
    const error = await retry(call, { clock, signal: ends.signal, waitAfter }).catch((thrown) => thrown);
    expect(error).to.equal(ended);
  });
});
