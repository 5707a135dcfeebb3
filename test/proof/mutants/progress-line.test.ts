import { expect } from 'chai';
import { progressLine } from '../../../proof/mutants/progress-line.ts';

describe('the progress of the mutants', () => {
  const run = { kind: 'mutant', name: 'subtracts', before: 2, total: 8 } as const;

  it('tells how long the others will take, by those that were killed', () => {
    const line = (elapsedMs: number): string => progressLine(run, { beforeMs: 60_000, elapsedMs });
    expect(line(0)).to.equal('mutant 3 of 8, 25 %, 3 min left, subtracts');
    expect(line(15_000)).to.equal('mutant 3 of 8, 31 %, 3 min left, subtracts');
    expect(line(28_000)).to.equal('mutant 3 of 8, 36 %, 3 min left, subtracts');
  });

  it('does not guess how long the first will take', () => {
    const line = progressLine({ ...run, before: 0 }, { beforeMs: 0, elapsedMs: 60_000 });
    expect(line).to.equal('mutant 1 of 8, 0 %, subtracts');
  });
});
