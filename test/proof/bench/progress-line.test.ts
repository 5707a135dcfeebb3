import { expect } from 'chai';
import { progressLine } from '../../../proof/bench/progress-line.ts';

describe('the progress of the benchmark', () => {
  const run = { section: 'handler', place: 1, sections: 6, elapsedMs: 30_000 };

  it('tells how long a section will take, by the time that it took the last time', () => {
    expect(progressLine({ ...run, expectedMs: 40_000 })).to.equal('section 1 of 6, handler, 75 %, 10 s left');
  });

  it('tells how long it has taken where it never ran before, or takes longer than then', () => {
    expect(progressLine(run)).to.equal('section 1 of 6, handler, 30 s');
    expect(progressLine({ ...run, expectedMs: 20_000 })).to.equal('section 1 of 6, handler, 30 s');
  });
});
