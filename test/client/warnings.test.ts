import { expect } from 'chai';
import { warningsFor } from '../../client/warnings.ts';

describe('the warnings before the first event', () => {
  it('say what X costs, and what keeps that low', () => {
    const [line, ...others] = warningsFor({ source: 'twitter' });
    expect(line).to.match(/X charges for every post that is read, about \$0\.005 each/);
    expect(line).to.contain('--max N').and.to.contain('--sample P').and.to.contain('Ctrl-C');
    expect(others).to.deep.equal([]);
  });

  it('do not propose a sample to whoever takes one', () => {
    expect(warningsFor({ source: 'twitter', sample: 10 })[0]).not.to.contain('--sample');
  });

  it('say how a source ends that has no end', () => {
    for (const source of ['bluesky', 'wikimedia', 'synthetic'] as const)
      expect(warningsFor({ source })[0]).to.match(/Ctrl-C stops/);
  });

  it('say nothing where there is an end', () => {
    expect(warningsFor({ source: 'twitter', max: 5 })).to.deep.equal([]);
    expect(warningsFor({ source: 'file' })).to.deep.equal([]);
    expect(warningsFor({ source: 'stdin' })).to.deep.equal([]);
  });
});
