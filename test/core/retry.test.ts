import { expect } from 'chai';
import { fullJitter } from '../../core/retry.ts';

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
