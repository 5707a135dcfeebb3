import { expect } from 'chai';
import { RecentRate } from '../../cli/recent-rate.ts';

/** A run at so many events a second for each of these seconds, in steps of 10 ms. */
const rateAfter = (...perSecond: number[]): number => {
  const rate = new RecentRate(1_000);
  let [now, count] = [1_000, 0];
  for (const events of perSecond)
    for (let step = 0; step < 100; step += 1) {
      now += 10;
      count += events / 100;
      rate.perSecond(count, now);
    }
  return rate.perSecond(count, now);
};

describe('RecentRate', () => {
  it('is nothing at the beginning', () => {
    expect(new RecentRate(5).perSecond(0, 5)).to.equal(0);
  });

  it('is the rate since the beginning, as long as that is not long ago', () => {
    expect(rateAfter(100, 200)).to.be.closeTo(150, 1);
  });

  it('forgets what was more than five seconds ago', () => {
    expect(rateAfter(1_000, 1_000, 1_000, 100, 100, 100, 100, 100)).to.be.closeTo(100, 60);
    expect(rateAfter(1_000, 1_000, 100, 100, 100, 100, 100, 100)).to.be.closeTo(100, 1);
  });

  it('falls to nothing at a standstill', () => {
    const rate = new RecentRate(0);
    rate.perSecond(500, 1_000);
    expect(rate.perSecond(500, 2_000)).to.equal(250);
    expect(rate.perSecond(500, 7_000)).to.equal(0);
  });
});
