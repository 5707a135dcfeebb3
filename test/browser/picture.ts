import { expect } from 'chai';
import type { Page } from 'playwright-core';
import { openQuiet } from './quiet-page.ts';

/** The largest figures that are written with all of their digits. Of the events that have a row, some have one that a later one replaced. */
const LARGE = {
  ...Object.fromEntries(
    ['read', 'records', 'waiting', 'events', 'unwritten', 'rows', 'groups', 'changes'].map((name) => [name, 999_999]),
  ),
  written: 999_900,
  superseded: 90,
  stale: 9,
};

/** What is used of the elements of a page. The sources are compiled without the types of browsers. */
interface Shown {
  textContent: string;
  getBoundingClientRect: () => { left: number; right: number; width: number; height: number };
  /** Of an element of SVG: how many pixels one of its units has. */
  getScreenCTM: () => { a: number };
  querySelector: (selector: string) => Shown;
}
interface PageScope {
  getComputedStyle: (element: Shown) => { fontSize: string };
  document: { querySelectorAll: (selector: string) => Iterable<Shown> };
}

/** The texts of the picture stay in their boxes, and are large enough to be read. */
export const lookAtPicture = async (page: Page, { watch }: { watch: string }): Promise<void> => {
  await openQuiet(page, watch);
  const texts = await page.evaluate(
    async ([module, figures]) => {
      const [{ wayIn }, { byId }] = await Promise.all([import(`${module}way.js`), import(`${module}dom.js`)]);
      byId('way').replaceChildren();
      wayIn(byId('way'))(figures);
      const { document, getComputedStyle } = globalThis as unknown as PageScope;
      return ['title', 'figure', 'note'].flatMap((kind) =>
        [...document.querySelectorAll('#way .node')]
          .map((node) => ({ box: node.querySelector('rect'), text: node.querySelector(`.${kind}`) }))
          .filter(({ box }) => box.getBoundingClientRect().width > 0)
          .map(({ box, text }) => ({
            text: text.textContent,
            left: box.getBoundingClientRect().right - text.getBoundingClientRect().right,
            // Not the height of its box, which is another one in each font.
            size: Number.parseFloat(getComputedStyle(text).fontSize) * text.getScreenCTM().a,
          })),
      );
    },
    [watch, LARGE] as const,
  );
  expect(texts).to.have.lengthOf(7 * 3);
  expect(texts.map(({ text }) => text)).to.include('rows of 999,999 events');
  for (const { text, left, size } of texts) {
    expect(left, `what is left of its box beside ${text}`).to.be.at.least(4);
    expect(size, `how many pixels the letters of ${text} have`).to.be.at.least(10);
  }
};

/** Bars of a card that stand for as many rows are as long as each other, whatever is written beside them. */
export const lookAtBars = async (page: Page, { watch }: { watch: string }): Promise<void> => {
  await openQuiet(page, watch);
  const widths = await page.evaluate(async (module) => {
    const { rollupsIn } = await import(module);
    const bars = [
      { group: 'a', rows: 1_200, sums: [] },
      { group: 'b', rows: 1_200, sums: ['kWh 123456789.5'] },
    ];
    rollupsIn(() => {})([{ name: 'usage', every: 'ever', groups: 2, over: 'windows', times: [], series: [], bars }]);
    const { document } = globalThis as unknown as PageScope;
    return [...document.querySelectorAll('.track')].map((track) => track.getBoundingClientRect().width);
  }, `${watch}charts.js`);
  expect(widths).to.have.lengthOf(2);
  expect(widths[0]).to.equal(widths[1]);
};
