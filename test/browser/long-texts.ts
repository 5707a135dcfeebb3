import { expect } from 'chai';
import type { Page } from 'playwright-core';
import { openQuiet } from './quiet-page.ts';

const LONG = 'NamesWithoutAnySpace'.repeat(20);

/** What is used of an element. The sources are compiled without the types of browsers. */
interface Shown {
  clientWidth: number;
  innerText: string;
}

/** Names and sums of any length leave the page as wide as it is, and each other room; a name shows its spaces. */
export const lookAtLongTexts = async (page: Page, { watch }: { watch: string }): Promise<void> => {
  await openQuiet(page, watch);
  const { wide, names } = await page.evaluate(
    async ({ modules: [charts, lists], long }) => {
      const [{ rollupsIn }, { rejectedIn, rowsIn }] = await Promise.all([import(charts!), import(lists!)]);
      const sums = [`counter ${'1234567890'.repeat(4)}`, `${long} 1`];
      const bars = [long, 'two  spaces'].map((group) => ({ group, rows: 1, sums }));
      rollupsIn(() => {})([{ name: 'long', every: 'ever', groups: 2, times: [], series: [], bars }]);
      const bad = { id: long, reason: long, detail: long, rejectedAt: '2026-11-20T12:34:56.000Z', bytes: 1 };
      rejectedIn(true)({ events: [bad], reasons: [[long, 1]], note: long });
      const row = { id: long, timestamp: '2026-11-20T12:34:56.000Z', type: long, text: long };
      rowsIn().newest({ rows: [long, 'two  spaces'].map((username) => ({ ...row, username })), note: long });
      const { document } = globalThis as unknown as {
        document: { documentElement: { scrollWidth: number }; querySelectorAll: (selector: string) => Iterable<Shown> };
      };
      return {
        wide: document.documentElement.scrollWidth,
        names: [...document.querySelectorAll('.bars .name, .rows .who')].map(({ clientWidth, innerText }) => ({
          clientWidth,
          innerText,
        })),
      };
    },
    { modules: ['charts.js', 'lists.js'].map((name) => watch + name), long: LONG },
  );
  expect(wide).to.equal(page.viewportSize()?.width);
  expect(names.map(({ innerText }) => innerText)).to.deep.equal([LONG, 'two  spaces', LONG, 'two  spaces']);
  for (const { clientWidth, innerText } of names) expect(clientWidth, innerText).to.be.at.least(80);
};
