import { expect } from 'chai';
import { isMet } from '../../../proof/bench/aims.ts';
import { medianOf } from '../../../proof/bench/median.ts';
import { aimsOfPipeline } from '../../../proof/bench/pipeline/aims.ts';
import { withMet } from '../../../proof/bench/report-file.ts';
import { SECTIONS } from '../../../proof/bench/sections.ts';
import { showAims } from '../../../proof/bench/show-aims.ts';
import { report } from './report.ts';

describe('the aims of the benchmark', () => {
  it('are met from the figure itself on, upwards or downwards', () => {
    expect([4.99, 5, 5.01].map((found) => isMet({ name: '', found, atLeast: 5 }))).to.deep.equal([false, true, true]);
    expect([1.99, 2, 2.01].map((found) => isMet({ name: '', found, atMost: 2 }))).to.deep.equal([true, true, false]);
  });

  it('are not met by a figure that could not be found', () => {
    expect(isMet({ name: '', found: Number.NaN, atLeast: 0 })).to.equal(false);
  });

  it('are ratios of what was found, the right way round', () => {
    const aims = [
      ...SECTIONS.handler.aims(report.handler.result),
      ...SECTIONS.client.aims(report.client.result),
      ...SECTIONS.pipeline.aims(report.pipeline.result),
      ...SECTIONS['cold-start'].aims(report['cold-start'].result),
    ];
    const found = Object.fromEntries(aims.map((aim) => [aim.name, aim.found]));
    expect(found).to.deep.equal({
      'handler: CPU, ours to the floor': 1.5,
      'handler: events/s, ours to one batch after another': 6,
      'handler: heap, after 10 times as many invocations': 1.05,
      'handler: RSS, after 10 times as many invocations': 1.2,
      'client, tweets of 2 to 4 KB: events/s, ours to one at a time': 300,
      'client, tweets of 2 to 4 KB: events/s, ours to 500 at a time': 3,
      'client, tweets of 2 to 4 KB: CPU, ours to the floor': 1.25,
      'client, events of 200 bytes: events/s, ours to one at a time': 300,
      'client, events of 200 bytes: events/s, ours to 500 at a time': 3,
      'client, events of 200 bytes: CPU, ours to the floor': 1.25,
      'client, one shard: how much of it is used': 0.97,
      'client, one shard, aggregated: how much of it is used': 0.96,
      'client, one shard: events/s, aggregated to not': 5,
      'client, memory: largest RSS, MB': 150,
      'client, memory: after 100 % to after 25 %': 1.1,
      'pipeline, 10,000 events: events/s, npm start to the bare loop': 0.75,
      'cold start: the bundle without its source map, KB': 300,
      'cold start: loading it, to the bare DynamoDB client': 1.1,
    });
  });

  it('say on the screen what was found, what it should be, and whether it is', () => {
    const [, , line] = showAims(aimsOfPipeline(report.pipeline.result));
    expect(line).to.match(/npm start to the bare loop +0\.75 +at least 0\.9 +not met$/);
  });

  it('are written with whether they are met', () => {
    expect(withMet([{ name: 'a', found: 1, atMost: 2 }])).to.deep.equal([
      { name: 'a', found: 1, atMost: 2, isMet: true },
    ]);
  });
});

describe('the median', () => {
  it('is the middle one by size, wherever it stands, and of an even number the upper', () => {
    expect(medianOf([9, 1, 10])).to.equal(9);
    expect(medianOf([100, 20, 3, 4])).to.equal(20);
    expect(medianOf([7])).to.equal(7);
  });

  it('is none of nothing', () => {
    expect(medianOf([])).to.be.NaN;
  });
});
