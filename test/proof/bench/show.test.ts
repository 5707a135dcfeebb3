import { expect } from 'chai';
import { figure } from '../../../proof/bench/figures.ts';
import { SECTIONS } from '../../../proof/bench/sections.ts';
import { report } from './report.ts';

describe('what the benchmark shows', () => {
  it('is a line for each function, with its figures and its ratio to the floor', () => {
    const lines = SECTIONS.handler.show(report.handler.result);
    expect(lines.find((line) => line.startsWith('ours '))).to.match(/^ours +45\.0 +1\.50 +12,000 +12,000$/);
    expect(lines.at(-1)).to.match(/^after 1,000 invocations /);
  });

  it('is a table for each size of events of the client, its shard and its memory', () => {
    const text = SECTIONS.client.show(report.client.result).join('\n');
    expect(text.match(/^ours +10\.0 +30,000 +10 %$/gm)).to.have.length(2);
    expect(text)
      .to.match(/^aggregated +5,000 +96 %/m)
      .and.match(/^after 100 % +110 MB$/m);
  });

  it('is a line for each run of the pipeline, with its ratio', () => {
    expect(SECTIONS.pipeline.show(report.pipeline.result).at(-1)).to.match(/^10,000 +5 +4,000 +3,000 +0\.75$/);
  });

  it('is a bundle with its times', () => {
    expect(SECTIONS['cold-start'].show(report['cold-start'].result).at(-1)).to.match(
      /^ours +300 KB +44\.0 ms +26\.0 ms +3\.00 ms$/,
    );
  });

  it('is every point of every curve', () => {
    const text = SECTIONS.growth.show(report.growth.result).join('\n');
    for (const line of [/^25 +80\.0 +2,500$/m, /^200 +20\.0 +30,000$/m, /^8 +30\.0 +20,000$/m, /^16 +3,210$/m])
      expect(text).to.match(line);
    expect(text).to.match(/^100,000 +3,456$/m);
  });
});

describe('a figure', () => {
  it('has about three digits', () => {
    expect([0.123, 9.994, 12.34, 99.94, 123.4, 12_345.6].map(figure)).to.deep.equal([
      '0.12',
      '9.99',
      '12.3',
      '99.9',
      '123',
      '12,346',
    ]);
  });
});
