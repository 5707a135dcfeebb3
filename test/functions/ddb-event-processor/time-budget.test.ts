import { expect } from 'chai';
import { timeBudget } from '../../../functions/ddb-event-processor/time-budget.ts';
import { ManualClock } from '../../support/manual-clock.ts';

const PARTS = ['decoding', 'rows', 'rejections'] as const;

describe('timeBudget', () => {
  const cases: [remaining: number, decoding: number, rows: number, rejections: number][] = [
    [60_000, 27_750, 55_500, 58_500],
    [10_000, 3_000, 6_000, 8_500],
    [4_000, 1_000, 2_000, 3_000],
    [0, 0, 0, 0],
  ];
  for (const [remaining, ...times] of cases)
    it(`of ${remaining} ms ends its parts at ${times.join(', ')} ms, for those who look and for those who wait`, async () => {
      for (const [index, part] of PARTS.entries()) {
        const at = times[index]!;
        const clock = new ManualClock(7);
        const budget = timeBudget(clock, remaining);
        if (at > 0) {
          clock.advance(at - 1);
          expect(budget[part].isOver(), part).to.equal(false);
          clock.advance(1);
        }
        expect(budget[part].isOver(), part).to.equal(true);
        expect(budget[part].signal.aborted, part).to.equal(true);

        const waiting = timeBudget(clock, remaining)[part].signal;
        const aborted = new Promise((resolve) => waiting.addEventListener('abort', resolve));
        clock.advance(at);
        await aborted;
      }
    });

  it('leaves no timer when it ends', () => {
    const clock = new ManualClock();
    timeBudget(clock, 10_000).end();
    expect(clock.sleepers).to.equal(0);
  });
});
