import { expect } from 'chai';
import type { Page } from 'playwright-core';
import { openQuiet } from './quiet-page.ts';

/** With the keyboard alone each point of a line is reached, and a screen reader is told what is there. */
export const lookAtChartsByKeyboard = async (page: Page, { watch }: { watch: string }): Promise<void> => {
  const times = [0, 1, 2].map((hour) => Date.parse('2026-11-20T00:00:00Z') / 1_000 + hour * 3_600);
  const series = [{ group: 'tweet', rows: [7, 8, 9] }];
  const parts = {
    flow: { figures: {}, rate: { times, stored: [1, 2, 3], rejected: [0, 0, 0.5] }, period: '', problems: [] },
    rollups: [{ name: 'events', every: 'hour', groups: 1, bars: [], over: 'windows', times, series }],
  };
  const body = Object.entries(parts).map(([name, part]) => `event: ${name}\ndata: ${JSON.stringify(part)}\n\n`);
  await page.route('**/events', (route) =>
    route.fulfill({ contentType: 'text/event-stream', body: `retry: 3600000\n${body.join('')}` }),
  );
  await page.goto(watch);
  for (const [name, now, first, second] of [
    [
      'Events a second',
      '02:00:00 UTC: stored 3, rejected 0.5',
      '00:00:00 UTC: stored 1, rejected 0',
      '01:00:00 UTC: stored 2, rejected 0',
    ],
    ['events by hour', '1 group', '11-20 00h UTC: \u2068tweet\u2069 7', '11-20 01h UTC: \u2068tweet\u2069 8'],
  ] as const) {
    const chart = page.getByRole('slider', { name, exact: true });
    await chart.waitFor();
    await page.keyboard.press('Tab');
    const says = async (): Promise<(string | null)[]> =>
      Promise.all(['aria-valuenow', 'aria-valuetext'].map((attribute) => chart.getAttribute(attribute)));
    expect(await says()).to.deep.equal(['2', now]);
    expect(await page.locator(':focus').getAttribute('aria-label')).to.equal(name);
    await page.keyboard.press('Home');
    await page.keyboard.press('ArrowLeft');
    expect(await says()).to.deep.equal(['0', first]);
    await page.keyboard.press('ArrowRight');
    expect(await says()).to.deep.equal(['1', second]);
  }
  await page.keyboard.press('Tab');
  // What the pointer would show is gone once a chart is left.
  expect(await page.locator('#rate-at').innerText()).to.equal('');
  expect(await page.locator('#rollups .card > p').allInnerTexts()).to.deep.equal(['1 group', '']);
};

/** Lines stay where they are while the pointer is over them, however much there is to say of the place. */
export const lookAtChartsByPointer = async (page: Page, { watch }: { watch: string }): Promise<void> => {
  const times = [0, 1, 2].map((hour) => Date.parse('2026-11-20T00:00:00Z') / 1_000 + hour * 3_600);
  const groups = ['a', 'b', 'c', 'd', 'e'].map((name) => `${name} long name of a group`);
  await openQuiet(page, watch);
  await page.evaluate(
    async ({ module, times, groups }) => {
      const { rateIn, rollupsIn } = await import(module);
      const rows = [100_000, 200_000, 300_000];
      const series = groups.map((group) => ({ group, rows }));
      rateIn()({ times, stored: rows, rejected: rows });
      rollupsIn(() => {})([{ name: 'r', every: 'hour', groups: 5, bars: [], over: 'windows', times, series }]);
    },
    { module: `${watch}charts.js`, times, groups },
  );
  for (const [chart, beside, text] of [
    ['#rate', '#rate-at', '01:00:00'],
    ['.card .chart', '.card > p:not(:empty) >> nth=-1', groups[4]!],
  ] as const) {
    const lines = page.locator(`${chart} .u-over`);
    await lines.scrollIntoViewIfNeeded();
    const top = async (): Promise<number | undefined> => (await lines.boundingBox())?.y;
    const before = await top();
    await lines.hover({ position: { x: (await lines.boundingBox())!.width / 2, y: 4 } });
    await page.locator(beside).filter({ hasText: text }).waitFor();
    expect(await top(), chart).to.equal(before);
  }
};
