import { expect } from 'chai';
import type { Page } from 'playwright-core';

/** Where days begin at half past six in the evening, UTC. */
export const TIME_ZONE = 'Asia/Kolkata';

/** What a page of another time zone writes beside the lines of a rollup: a name below each window, and counts of any size. */
export const lookAtAxes = async (page: Page, { watch }: { watch: string }): Promise<void> => {
  await page.addInitScript(() => {
    const scope = globalThis as unknown as {
      CanvasRenderingContext2D: { prototype: { fillText: (text: string) => void } };
      written: string[];
    };
    scope.written = [];
    scope.CanvasRenderingContext2D.prototype.fillText = (text) => void scope.written.push(text);
  });
  // Nothing else is to be drawn meanwhile.
  await page.route('**/events', (route) => route.fulfill({ contentType: 'text/event-stream', body: '' }));
  await page.goto(watch);
  const written = await page.evaluate(async (module) => {
    const { rollupsIn } = await import(module);
    const scope = globalThis as unknown as { written: string[] };
    const show = rollupsIn(() => {});
    const axesOf = async (every: string, seconds: number, rows: number[]): Promise<string[]> => {
      const first = Date.parse('2026-11-20T00:00:00Z') / 1_000;
      const times = rows.map((_, index) => first + index * seconds);
      scope.written = [];
      show([{ name: every, every, groups: 1, bars: [], over: 'windows', times, series: [{ group: 'tweet', rows }] }]);
      await new Promise((resolve) => setTimeout(resolve));
      // Drawn once more where its place has got another size meanwhile.
      return [...new Set(scope.written)];
    };
    return {
      days: await axesOf('day', 86_400, [1, 1, 1]),
      hours: await axesOf('hour', 3_600, [0, 3e9]),
    };
  }, `${watch}charts.js`);
  expect(written).to.deep.equal({
    days: ['11-20', '11-21', '11-22', '0', '1'],
    hours: ['11-20 00h', '11-20 01h', '0', '1B', '2B', '3B'],
  });
};
