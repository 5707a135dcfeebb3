import { expect } from 'chai';
import type { Browser, Page, Request } from 'playwright-core';
import { until } from '../support/until.ts';

/** What the page's own stream of events gives, and a way to give it more. */
interface Opened {
  events: EventTarget;
  last: Record<string, string>;
}

/** The looks of two hours, one a second, of which a page shows the newest only. */
const LOOKS = 7_200;
const KINDS = ['flow', 'rollups', 'newest', 'rejected'];

/**
 * Gives a page as many looks as one that is left open for hours gets, each with other figures, and compares what it holds.
 * The time that the looks take says nothing, so no time is waited for.
 */
export const lookLater = async (page: Page, { watch }: { watch: string }): Promise<void> => {
  await page.addInitScript((kinds) => {
    const scope = globalThis as unknown as { EventSource: new (url: string) => EventTarget; opened: Opened };
    scope.EventSource = class extends scope.EventSource {
      constructor(url: string) {
        super(url);
        scope.opened = { events: this, last: {} };
        for (const kind of kinds)
          this.addEventListener(kind, (event) => {
            scope.opened.last[kind] = (event as MessageEvent).data as string;
          });
      }
    };
  }, KINDS);
  await page.goto(watch);
  const kinds = (): Promise<string[]> =>
    page.evaluate(() => Object.keys((globalThis as unknown as { opened?: Opened }).opened?.last ?? {}));
  await until(async () => (await kinds()).length === KINDS.length, 'that the page has got everything once');

  const inspector = await page.context().newCDPSession(page);
  const held = async (): Promise<{ elements: number; bytes: number }> => {
    await inspector.send('HeapProfiler.collectGarbage');
    const { usedSize } = await inspector.send('Runtime.getHeapUsage');
    return { elements: await page.locator('body *').count(), bytes: usedSize };
  };
  const look = (count: number): Promise<void> =>
    page.evaluate(async (times) => {
      const { events, last } = (globalThis as unknown as { opened: Opened }).opened;
      const given = Object.entries(last);
      for (let time = 0; time < times; time += 1) {
        // Small numbers are counts; those with more digits are times.
        const other = (text: string): string =>
          text.replace(/([[:,])(\d{1,4})(?=[,\]}])/g, (_, before, found) => before + (Number(found) + (time % 7)));
        for (const [kind, data] of given) events.dispatchEvent(new MessageEvent(kind, { data: other(data) }));
        // Charts are drawn between two looks.
        if (time % 100 === 0) await new Promise((resolve) => setTimeout(resolve));
      }
    }, count);
  await look(100);
  // What the first count of elements loads stays.
  await held();
  const before = await held();
  await look(LOOKS);
  const after = await held();
  expect(after.elements).to.equal(before.elements);
  expect(after.bytes / before.bytes, `the heap after ${LOOKS} looks to that after 100`).to.be.lessThan(1.25);
};

/** A page in a tab that nobody sees lets go of its connection, and takes it up again where somebody looks. */
export const lookAway = async (page: Page, { watch }: { watch: string }): Promise<void> => {
  await page.clock.install();
  const opened: Request[] = [];
  const ended: Request[] = [];
  const isOfEvents = (request: Request): boolean => request.url().endsWith('/events');
  page.on('request', (request) => isOfEvents(request) && opened.push(request));
  page.on('requestfailed', (request) => isOfEvents(request) && ended.push(request));
  const turn = (hidden: boolean): Promise<void> =>
    page.evaluate((isHidden) => {
      const { document } = globalThis as unknown as { document: EventTarget };
      Object.defineProperty(document, 'hidden', { value: isHidden, configurable: true });
      document.dispatchEvent(new Event('visibilitychange'));
    }, hidden);
  await page.goto(watch);
  const isLive = (): Promise<void> => page.locator('#state.live').waitFor();
  await isLive();
  await turn(true);
  await page.clock.runFor(59_000);
  await turn(false);
  await page.clock.runFor(600_000);
  expect([opened.length, ended.length], 'opened and ended by who looks away for a moment').to.deep.equal([1, 0]);
  await turn(true);
  await page.clock.runFor(61_000);
  await until(async () => ended.length === 1, 'that the connection is over');
  await turn(false);
  await until(async () => opened.length === 2, 'that the page has connected again');
  await isLive();
};

/** A page that is left open while its server is started again, with another token: the browser asks once, and never again. */
export const lookRefused = async (browser: Browser, { watch }: { watch: string }): Promise<void> => {
  const context = await browser.newContext();
  try {
    const page = await context.newPage();
    await page.route('**/events', (route) => route.fulfill({ status: 404 }));
    await page.goto(watch);
    await until(
      async () => (await page.locator('#state').innerText()).includes('open the URL that the command printed last'),
      'that the page says what to do',
    );
    const motion = await page
      .locator('#way .wide .edge')
      .first()
      .evaluate((edge: { classList: { add: (name: string) => void } }) => {
        edge.classList.add('moving');
        const { getComputedStyle } = globalThis as unknown as {
          getComputedStyle: (element: object) => { animationName: string };
        };
        return getComputedStyle(edge).animationName;
      });
    expect(motion, 'what moves').to.equal('none');
  } finally {
    await context.close();
  }
};
