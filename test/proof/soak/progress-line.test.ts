import { expect } from 'chai';
import { progressLine } from '../../../proof/soak/progress-line.ts';

describe('the progress of a soak', () => {
  it('tells how long it will take', () => {
    const counts = { before: 0, soaks: 1, events: 1_000, sent: 500, settled: 0 };
    expect(progressLine(counts, 10_000)).to.equal('25 %, 30 s left, 500 of 1,000 sent');
  });

  it('tells how long all soaks will take, and what the function has settled of this one', () => {
    const counts = { before: 2, soaks: 4, events: 1_000, sent: 1_000, settled: 1_000 };
    expect(progressLine(counts, 60_000)).to.equal('soak 3 of 4, 75 %, 20 s left, 1,000 of 1,000 sent, 1,000 settled');
  });
});
