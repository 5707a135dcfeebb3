import { expect } from 'chai';
import { startUnlessAborted } from '../../local/start-unless-aborted.ts';

describe('startUnlessAborted', () => {
  let closed: number;
  const started = {
    close: async () => {
      closed += 1;
    },
  };
  beforeEach(() => {
    closed = 0;
  });

  it('gives what was started', async () => {
    expect(await startUnlessAborted(async () => started, new AbortController().signal)).to.equal(started);
    expect(closed).to.equal(0);
  });

  it('closes what was started where the signal was aborted meanwhile', async () => {
    const abort = new AbortController();
    const start = async () => {
      abort.abort();
      return started;
    };
    expect(await startUnlessAborted(start, abort.signal)).to.equal(undefined);
    expect(closed).to.equal(1);
  });

  it('takes a failure for a part of the interrupt, also where it comes first', async () => {
    const abort = new AbortController();
    const start = async () => {
      setImmediate(() => abort.abort());
      throw new Error('esbuild was interrupted');
    };
    expect(await startUnlessAborted(start, abort.signal)).to.equal(undefined);
  });

  it('passes any other failure on', async () => {
    const failure = new Error('no');
    const start = () => Promise.reject(failure);
    const found = await startUnlessAborted(start, new AbortController().signal).catch((error: Error) => error);
    expect(found).to.equal(failure);
  });
});
