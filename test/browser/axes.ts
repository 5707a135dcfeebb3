import { expect } from 'chai';
import type { Page } from 'playwright-core';
import { openQuiet } from './quiet-page.ts';

/** Where days begin at half past six in the evening, UTC. */
export const TIME_ZONE = 'Asia/Kolkata';

/** Notes what is written on a page that gets no events. */
const openNoting = async (page: Page, watch: string): Promise<void> => {
  await page.addInitScript(() => {
    const scope = globalThis as unknown as {
      CanvasRenderingContext2D: { prototype: { fillText: (text: string) => void } };
      written: string[];
    };
    scope.written = [];
    scope.CanvasRenderingContext2D.prototype.fillText = (text) => void scope.written.push(text);
  });
  // Nothing else is to be drawn meanwhile.
  await openQuiet(page, watch);
};

/** What a page of another time zone writes beside the lines of a rollup: a name below each window, and counts of any size. */
export const lookAtAxes = async (page: Page, { watch }: { watch: string }): Promise<void> => {
  await openNoting(page, watch);
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

/** However narrow a chart is, and whatever the time: below its five minutes stands a time. */
export const lookAtNarrowAxes = async (page: Page, { watch }: { watch: string }): Promise<void> => {
  await openNoting(page, watch);
  const written = await page.evaluate(async (module) => {
    const { rateIn } = await import(module);
    const scope = globalThis as unknown as { written: string[] };
    const show = rateIn();
    const namesFrom = async (start: string): Promise<string[]> => {
      const times = Array.from({ length: 299 }, (_, index) => Date.parse(start) / 1_000 + index);
      const none = times.map(() => 0);
      show({ times, stored: none, rejected: none });
      await new Promise((resolve) => setTimeout(resolve));
      scope.written = [];
      show({ times, stored: none, rejected: none });
      await new Promise((resolve) => setTimeout(resolve));
      // Drawn once more where its place has got another size meanwhile.
      return [...new Set(scope.written)].filter((text) => text.includes(':'));
    };
    return [await namesFrom('2026-11-20T12:00:10Z'), await namesFrom('2026-11-20T12:01:50Z')];
  }, `${watch}charts.js`);
  expect(written).to.deep.equal([
    ['12:02:00', '12:04:00'],
    ['12:02:00', '12:04:00', '12:06:00'],
  ]);
};
