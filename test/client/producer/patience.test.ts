import { expect } from 'chai';
import { Patience } from '../../../client/producer/patience.ts';

describe('the patience of the producer', () => {
  const begun = () => {
    const patience = new Patience({ firstMs: 10, ms: 100 });
    patience.begin(1_000);
    return patience;
  };

  it('is short before the first answer and longer after it', () => {
    const patience = begun();
    expect([1_010, 1_011].map((now) => patience.isOver(now))).to.deep.equal([false, true]);
    patience.answered(false, 1_011);
    expect([1_100, 1_101].map((now) => patience.isOver(now))).to.deep.equal([false, true]);
  });

  it('starts again with everything that Kinesis accepts', () => {
    const patience = begun();
    patience.answered(true, 1_090);
    expect([1_190, 1_191].map((now) => patience.isOver(now))).to.deep.equal([false, true]);
  });

  it('is longer with a Kinesis that is reached, though it does not answer', () => {
    const patience = begun();
    patience.reached();
    expect([1_100, 1_101].map((now) => patience.isOver(now))).to.deep.equal([false, true]);
  });

  it('knows how much of it is left', () => {
    const patience = begun();
    expect(patience.left(1_030)).to.equal(70);
    patience.answered(true, 1_040);
    expect(patience.left(1_050)).to.equal(90);
  });

  it('does not count the time in which nothing waited', () => {
    const patience = begun();
    patience.answered(true, 1_001);
    patience.begin(9_000);
    expect(patience.isOver(9_100)).to.equal(false);
  });
});
