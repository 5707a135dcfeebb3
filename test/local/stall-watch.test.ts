import { expect } from 'chai';
import { localStack } from '../../local/stack.ts';
import { stallLimit } from '../../local/stall-watch.ts';

describe('the time without a move after which a run counts as stuck', () => {
  it('lets an invocation run into its timeout, and be made again', () => {
    expect(stallLimit(localStack({ Timeout: 900 }))).to.equal(1_800_000);
    expect(stallLimit(localStack({ Timeout: 61, Rollups: 'false' }))).to.equal(122_000);
  });

  it('is two minutes where the timeout is short', () => {
    expect(stallLimit(localStack())).to.equal(120_000);
    expect(stallLimit(localStack({ Timeout: 5 }))).to.equal(120_000);
  });
});
