import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { ARROWS, PARTS } from '../../../proof/diagrams/architecture.ts';
import { architectureMermaid } from '../../../proof/diagrams/architecture-mermaid.ts';
import { architectureSvg } from '../../../proof/diagrams/architecture-svg.ts';
import { countsIn, withBlock, withoutSeconds } from '../../../proof/diagrams/page.ts';

const read = (path: string): string => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');

describe('the diagrams of the architecture', () => {
  it('are in the docs as npm run diagrams makes them', () => {
    expect(read('docs/architecture.svg')).to.equal(architectureSvg());
    expect(read('README.md')).to.equal(withBlock(read('README.md'), 'mermaid', architectureMermaid()));
  });

  it('lead from parts to parts, and leave none out', () => {
    const ids = PARTS.map(({ id }) => id);
    expect(new Set(ARROWS.flatMap(({ from, to }) => [from, to]))).to.deep.equal(new Set(ids));
    expect(new Set(ids).size).to.equal(ids.length);
  });

  it('have every part and every arrow, in Mermaid and in the picture', () => {
    const [mermaid, svg] = [architectureMermaid(), architectureSvg()];
    for (const { name, notes = [] } of PARTS)
      for (const text of [name, ...notes]) {
        expect(mermaid).to.contain(text);
        expect(svg).to.contain(`>${text}</text>`);
      }
    const ends = mermaid.split('\n').flatMap((line) => {
      const [from = '', to] = line.replace(/\[.*?\](?= |$)|\|.*?\|/g, '').split(/ -\.?->? /);
      return to === undefined ? [] : from.split('&').map((one) => `${one.trim()} ${to.trim()}`);
    });
    expect(ends).to.have.members(ARROWS.map(({ from, to }) => `${from} ${to}`));
    expect(svg.match(/class="way/g)).to.have.length(ARROWS.length);
  });

  it('show no part over another, and all of them in the picture', () => {
    const svg = architectureSvg();
    const [, width, height] = /viewBox="0 0 ([\d.]+) ([\d.]+)"/.exec(svg)!.map(Number) as [number, number, number];
    const cards = [...svg.matchAll(/class="card" x="(\d+)" y="(\d+)" width="(\d+)" height="(\d+)"/g)].map(
      ([, ...numbers]) => numbers.map(Number) as [number, number, number, number],
    );
    expect(cards).to.have.length(PARTS.length);
    for (const [index, [x, y, w, h]] of cards.entries()) {
      expect(Math.min(x, y, width - x - w, height - y - h)).to.be.at.least(0);
      for (const [otherX, otherY] of cards.slice(index + 1))
        expect(Math.abs(x - otherX) >= w || Math.abs(y - otherY) >= h).to.equal(true);
    }
  });
});

describe('a page', () => {
  it('gets other content in the first block of a language, whatever signs that has', () => {
    const page = 'a\n```text\nold\n```\nb\n```text\nother\n```\n';
    expect(withBlock(page, 'text', "$& $'\n")).to.equal("a\n```text\n$& $'\n```\nb\n```text\nother\n```\n");
    expect(() => withBlock(page, 'mermaid', '')).to.throw('the page has no block of mermaid');
  });

  it('has the counts of a run, and another time is not a change', () => {
    const counts =
      '1,000 events through the whole pipeline in 0.50 s. Nothing was lost.\n\n  read   1,000\n  sent   1,000\n';
    expect(countsIn(`\n${counts}\n  further\n\nTry next:\n`)).to.equal(counts);
    expect(withoutSeconds(counts)).to.equal(withoutSeconds(counts.replace('0.50', '12.34')));
    expect(() => countsIn('0 events')).to.throw('found "0 events"');
  });
});
