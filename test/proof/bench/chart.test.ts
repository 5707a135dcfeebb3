import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { chartsOf, drawCharts } from '../../../proof/bench/chart/charts.ts';
import { drawBars, drawCurve, element, escaped } from '../../../proof/bench/chart/drawing.ts';
import { AXES } from '../../../proof/bench/growth.ts';
import { WAYS } from '../../../proof/bench/pipeline.ts';
import { emptyFolder } from '../../support/empty-folder.ts';
import { results } from './report.ts';

const TAG = /<(\/?)([a-z]+)((?: [a-zA-Z][\w-]*="[^"<&]*")*)(\/?)>/y;
const TEXT = /(?:[^<&]|&#\d+;)+/y;

/** The texts of a document, in their order. @throws where it is not well-formed as XML, as far as the charts use it */
const textsOf = (document: string): string[] => {
  const open: string[] = [];
  const texts: string[] = [];
  for (let at = 0; at < document.length; ) {
    const pattern = document[at] === '<' ? TAG : TEXT;
    pattern.lastIndex = at;
    const match = pattern.exec(document);
    if (!match) throw new Error(`not XML: ${document.slice(at, at + 80)}`);
    at += match[0].length;
    if (pattern === TEXT) texts.push(match[0].replace(/&#(\d+);/g, (_, code) => String.fromCodePoint(Number(code))));
    else if (match[1]) expect(open.pop()).to.equal(match[2]);
    else if (!match[4]) open.push(match[2]!);
  }
  expect(open).to.deep.equal([]);
  return texts;
};

const attributesOf = (svg: string, pattern: RegExp): number[] =>
  [...svg.matchAll(pattern)].map(([, value]) => Number(value));

const BAR_WIDTH = /<rect class="bar [a-z]+"[^>]* width="([\d.]+)"/g;

const charts = Object.fromEntries(chartsOf(results).map(({ name, svg }) => [name, svg]));

describe('the charts', () => {
  const folder = emptyFolder();

  it('are one for each section that has one, as well-formed XML', () => {
    expect(Object.keys(charts)).to.deep.equal([
      'performance-handler.svg',
      'performance-rollups.svg',
      'performance-client.svg',
      'performance-pipeline.svg',
      'performance-growth.svg',
    ]);
    for (const svg of Object.values(charts)) expect(textsOf(svg).length).to.be.greaterThan(5);
  });

  it('of the page have the words of today', async () => {
    const textsOnPage = async (name: string) =>
      textsOf(await readFile(new URL(`../../../docs/performance-${name}.svg`, import.meta.url), 'utf8'));
    const axes = Object.values(AXES).flatMap(({ title, of }) => [title, `events/s: ${of}`]);
    expect(await textsOnPage('growth')).to.include.members([...axes, 'CPUs', 'events that wait']);
    expect(await textsOnPage('pipeline')).to.include.members(Object.values(WAYS));
  });

  it('name each peer and say its figure', () => {
    const texts = textsOf(charts['performance-handler.svg']!);
    for (const { name, cpuPerEvent } of Object.values(results.handler.atOnce)) {
      expect(texts).to.include(name);
      expect(
        texts.some((shown) => Number(shown) === cpuPerEvent),
        `${cpuPerEvent}`,
      ).to.equal(true);
    }
    expect(textsOf(charts['performance-pipeline.svg']!)).to.include.members(['npm start', '3,000', '4,000']);
  });

  it('say the figure of each point of a curve, and where it is', () => {
    const texts = textsOf(charts['performance-growth.svg']!);
    expect(texts).to.include.members(['25', '1,000', '2,500', '15,000', '16', '3,210', '100,000', '1,234', '3,456']);
  });

  it('have notes that fit on half of the width, which is a curve', () => {
    const notes = textsOf(charts['performance-growth.svg']!).filter((text) => text.startsWith('events/s: '));
    expect(notes).to.have.length(7);
    for (const note of notes) expect(note.length, note).to.be.at.most(65);
  });

  it('leave out what was not measured', () => {
    const { pipeline } = results;
    expect(chartsOf({ pipeline }).map(({ name }) => name)).to.deep.equal(['performance-pipeline.svg']);
    expect(chartsOf({})).to.deep.equal([]);
  });

  it('go into a folder that need not be there, under names that the docs know', async () => {
    const files = drawCharts({ pipeline: results.pipeline }, join(folder, 'charts'));
    expect(files).to.deep.equal([join(folder, 'charts', 'performance-pipeline.svg')]);
    expect(await readFile(files[0]!, 'utf8')).to.equal(charts['performance-pipeline.svg']);
  });

  it('have colours for a light and for a dark page, and their own ground', () => {
    for (const svg of Object.values(charts))
      expect(svg)
        .to.match(/prefers-color-scheme: dark/)
        .and.match(/class="ground"/);
  });
});

describe('a chart of bars', () => {
  it('has bars as long as their values are to each other, and ours stands out', () => {
    const svg = drawBars(
      {
        title: '',
        note: '',
        bars: [
          { name: 'a', value: 100, isOurs: false },
          { name: 'b', value: 25, isOurs: true },
        ],
      },
      860,
      0,
    );
    const [a, b] = attributesOf(svg, BAR_WIDTH) as [number, number];
    expect(a / b).to.be.closeTo(4, 0.01);
    expect(svg.match(/class="bar (ours|other)"/g)).to.deep.equal(['class="bar other"', 'class="bar ours"']);
  });
});

describe('a chart of bars, one of which is far ahead', () => {
  const drawn = (longest: number): string => {
    const bars = [longest, 100, 50].map((value) => ({ name: '', value, isOurs: false }));
    return drawBars({ title: '', note: '', bars }, 860, 0);
  };

  it('cuts that one, says its figure all the same, and leaves the others to scale', () => {
    const svg = drawn(501);
    expect(svg.match(/class="ground cut"/g)).to.have.length(2);
    expect(svg).to.contain('>501</text>');
    const [, a, b] = attributesOf(svg, BAR_WIDTH) as [number, number, number];
    expect(a / b).to.be.closeTo(2, 0.01);
  });

  it('cuts none that still shows the others', () => {
    expect(drawn(500)).not.to.contain('cut');
  });
});

describe('a chart of a curve', () => {
  it('begins at zero: twice the value is twice as high', () => {
    const points = [10, 20, 40].map((value, index) => ({ at: index + 1, value }));
    const svg = drawCurve({ title: '', note: '', along: '', points }, 430, 0, 0);
    const [ground] = attributesOf(svg, /<line [^>]*y1="([\d.]+)"/g) as [number];
    const heights = attributesOf(svg, /<circle [^>]*cy="([\d.]+)"/g).map((y) => ground - y);
    expect(heights[2]! / heights[0]!).to.be.closeTo(4, 0.05);
    expect(heights[2]! / heights[1]!).to.be.closeTo(2, 0.05);
  });

  it('has its numbers in front of the line, with the ground around them', () => {
    const svg = charts['performance-growth.svg']!;
    expect(svg).to.match(/\.value {[^}]*paint-order: stroke; stroke: var\(--ground\)/);
    const [first] = svg.split('class="value"');
    expect(first!.match(/<polyline/g)).to.have.length(1);
  });

  it('draws a single point, too', () => {
    const svg = drawCurve({ title: '', note: '', along: '', points: [{ at: 1, value: 1 }] }, 430, 0, 0);
    expect(svg).not.to.contain('NaN');
  });
});

describe('an element', () => {
  it('escapes what XML would take for its own', () => {
    const svg = element('text', { class: '"a" & <b>' }, escaped('1 < 2 & "3"'));
    expect(svg).to.equal('<text class="&#34;a&#34; &#38; &#60;b&#62;">1 &#60; 2 &#38; &#34;3&#34;</text>');
  });

  it('rounds numbers to a tenth', () => {
    expect(element('rect', { x: 1.26, y: 3 })).to.equal('<rect x="1.3" y="3"/>');
  });
});
