import { expect } from 'chai';
import type { Page } from 'playwright-core';

/** What is used of the elements of a page. The sources are compiled without the types of browsers. */
interface Shown {
  textContent: string;
  getBoundingClientRect: () => { left: number; right: number; width: number; height: number };
  querySelector: (selector: string) => Shown;
}
interface PageScope {
  document: { querySelectorAll: (selector: string) => Iterable<Shown> };
}

const openQuiet = async (page: Page, watch: string): Promise<void> => {
  await page.route('**/events', (route) => route.fulfill({ contentType: 'text/event-stream', body: '' }));
  await page.goto(watch);
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
