import { expect } from 'chai';
import fc from 'fast-check';
import { Schedule } from '../../../../client/sources/synthetic/schedule.ts';

const START = Date.parse('2026-11-20T12:00:00Z');

/** Takes all that may go at this moment. @returns how many */
const burst = (schedule: Schedule, now: number, most = 1_000_000): number => {
  let taken = 0;
  while (taken < most && schedule.waitAt(now) === 0) {
    schedule.took(now);
    taken += 1;
  }
  return taken;
};

describe('the schedule of synthetic events', () => {
  it('is one event at once, and then one each interval', () => {
    const schedule = new Schedule(4, START);
    expect(burst(schedule, START)).to.equal(1);
    expect(schedule.waitAt(START)).to.equal(250);
    expect(schedule.waitAt(START + 100)).to.equal(150);
    expect([250, 500, 750, 1_000].map((ms) => burst(schedule, START + ms))).to.deep.equal([1, 1, 1, 1]);
  });

  it('catches up with a burst of a second, then at twice the rate, until the average is right', () => {
    const schedule = new Schedule(100, START);
    burst(schedule, START);
    const late = START + 5_000;
    expect(burst(schedule, late)).to.equal(100);
    const each = Array.from({ length: 60 }, (_, i) => burst(schedule, late + (i + 1) * 100));
    expect(each.slice(0, 39)).to.deep.equal(Array.from({ length: 39 }, () => 20));
    expect(each.slice(-19)).to.deep.equal(Array.from({ length: 19 }, () => 10));
    expect(101 + each.reduce((sum, count) => sum + count)).to.equal(1 + 100 * 11);
  });

  it('has the right average and no burst beyond a second, however late its caller is', () => {
    const rates = fc.oneof(fc.double({ min: 0.1, max: 10, noNaN: true }), fc.integer({ min: 1, max: 5_000 }));
    fc.assert(
      fc.property(rates, fc.array(fc.integer({ min: 0, max: 3_000 }), { maxLength: 30 }), (rate, delays) => {
        const schedule = new Schedule(rate, START);
        let now = START;
        let total = 0;
        for (const ms of delays) {
          now += ms;
          const taken = burst(schedule, now);
          expect(taken).to.be.at.most(Math.ceil(rate));
          total += taken;
        }
        // Time enough to catch up, in steps that never ask for more than a second's worth.
        for (let i = 0; i < 12 * delays.length + 2; i += 1) {
          now += 500;
          total += burst(schedule, now);
        }
        expect(total).to.be.closeTo((rate * (now - START)) / 1_000, 1.001);
      }),
      { seed: 17, numRuns: 60 },
    );
  });

  it('keeps rates at which an interval is far below what a clock can tell', () => {
    const schedule = new Schedule(20_000_000, START);
    let total = 0;
    for (let ms = 0; ms <= 100; ms += 1) total += burst(schedule, START + ms);
    expect(total).to.be.closeTo(2_000_000, 2);
  });
});
