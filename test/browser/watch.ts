/**
 * Looks at the live page of `npm run local` with a real browser, as a user does.
 *
 *     node cli/run.cjs test/browser/watch.ts
 *
 * Prints one line about what it saw; fails with what is wrong otherwise. Where there is no Chromium it says so and ends with
 * exit code 77, which is neither passed nor failed.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ScanCommand } from '@aws-sdk/client-dynamodb';
import { expect } from 'chai';
import type { BrowserContext, Page } from 'playwright-core';
import { localDynamoDb } from '../support/emulators.ts';
import { tweetV1, tweetV2 } from '../support/events.ts';
import { until } from '../support/until.ts';
import { lookAtAxes, lookAtNarrowAxes, TIME_ZONE } from './axes.ts';
import { browse } from './browse.ts';
import { lookAtChartsByKeyboard, lookAtChartsByPointer } from './chart-keys.ts';
import { attack } from './hostile-page.ts';
import { lookAway, lookLater, lookRefused } from './left-open.ts';
import type { BrowsedStack } from './local-stack.ts';
import { lookAtLongTexts } from './long-texts.ts';
import { lookAtBars, lookAtPicture } from './picture.ts';
import { openQuiet } from './quiet-page.ts';

/** A line that no event is, so that it is rejected. */
const CUT = '{"cut": "東京';
/** A name and a text that would run as a script, were they taken for HTML, written from right to left. */
const HOSTILE = 'שלום <img src=x onerror="document.title=1"><script>document.title=2</script>';

/** Notes what a page must not do. */
const watch = (context: BrowserContext, ownHost: string): string[] => {
  const problems: string[] = [];
  context.on('console', (message) => {
    if (!['error', 'warning'].includes(message.type())) return;
    problems.push(`${message.type()}: ${message.text()} (${message.location().url})`);
  });
  context.on('weberror', (error) => problems.push(`uncaught: ${error.error().message}`));
  context.on('request', (request) => {
    const { protocol, host } = new URL(request.url());
    if (!['data:', 'blob:'].includes(protocol) && host !== ownHost) problems.push(`a request to ${request.url()}`);
  });
  context.on('response', (response) => {
    if (response.status() >= 400) problems.push(`${response.status()} from ${response.url()}`);
  });
  return problems;
};

/** The figures of the picture that is shown, by their names. */
const figuresOn = (page: Page): Promise<Record<string, string>> =>
  page
    .locator('#way svg:visible [data-figure]')
    .evaluateAll((found: { getAttribute: (name: string) => string; textContent: string }[]) =>
      Object.fromEntries(found.map((figure) => [figure.getAttribute('data-figure'), figure.textContent])),
    );

/** Resolves when the page says so many rows and rejected events. */
const settled = (page: Page, rows: number, rejected: number): Promise<void> =>
  until(async () => {
    const figures = await figuresOn(page);
    return figures.rows === `${rows}` && figures.rejectedRows === `${rejected}` && figures.waiting === '0';
  }, `that the page shows ${rows} rows and ${rejected} rejected events`);

const namesIn = (page: Page): Promise<string[]> => page.locator('#rows .who').allInnerTexts();

const lookAround = async (page: Page, stack: BrowsedStack): Promise<void> => {
  await page.goto(stack.watch);
  await settled(page, 3, 2);
  const figures = await figuresOn(page);
  expect(figures).to.include({ records: '5', events: '5', dropped: '0' });
  const dynamoDb = localDynamoDb(stack.dynamoDb);
  for (const [figure, TableName] of Object.entries({ rows: 'local-EventData', rejectedRows: 'local-RejectedEvents' })) {
    const { Count } = await dynamoDb.send(new ScanCommand({ TableName, Select: 'COUNT' }));
    expect(figures[figure], figure).to.equal(String(Count));
  }
  dynamoDb.destroy();

  expect(await namesIn(page)).to.have.members(['名前 🦊', 'Zoë 🦊', HOSTILE]);
  expect(await page.title()).to.equal('local · stream');
  const texts = await page.locator('#rows .text').allInnerTexts();
  expect(texts.join('\n')).to.contain('東京は晴れ').and.to.contain(HOSTILE);

  await page.getByRole('button', { name: /^tweet: 2 rows/ }).click();
  await page.getByRole('heading', { name: 'Rows that events counts for tweet' }).waitFor();
  await until(async () => (await namesIn(page)).length === 2, 'that the rows of the group are listed');
  // From here on with the keyboard only.
  await page.getByRole('button', { name: 'Newest' }).press('Enter');
  await until(async () => (await namesIn(page)).length === 3, 'that the newest rows are listed');
  expect(await page.locator(':focus').innerText()).to.equal('Newest rows');

  await page.getByLabel('Username').focus();
  await page.keyboard.type('名前 🦊');
  await page.keyboard.press('Enter');
  const listsKey = (): Promise<void> =>
    until(async () => String(await namesIn(page)) === '名前 🦊', 'that the rows of the key are listed');
  await listsKey();
  await page.reload();
  await listsKey();
  await page.goBack();
  await until(async () => (await namesIn(page)).length === 3, 'that one step back the newest rows are listed');
  await page.goForward();
  await listsKey();
  expect(await page.getByLabel('Username').inputValue()).to.equal('名前 🦊');

  const reasons = await page.locator('#rejected .reason').allInnerTexts();
  expect(reasons.toSorted()).to.deep.equal(['NotJson', 'NotObject']);
  const id = await page.locator('#rejected li', { hasText: 'NotJson' }).locator('.id').innerText();
  await page.locator('#rejected li', { hasText: 'NotJson' }).getByRole('button').press('Enter');
  await until(
    async () => !(await page.locator('#rejected .id').allInnerTexts()).includes(id),
    'that the event that was put back is gone',
  );
  expect(await page.locator('#rejected button:focus').count(), 'where the focus goes').to.equal(1);
  // It is put on the stream, and rejected again as another record.
  await until(async () => (await figuresOn(page)).records === '6', 'that the record is counted');
  await settled(page, 3, 2);

  // It does not grow. Both pages get the same, whenever it comes.
  await page.getByRole('button', { name: 'Newest' }).click();
  const fresh = await page.context().newPage();
  await fresh.goto(stack.watch);
  await settled(fresh, 3, 2);
  const elements = (of: Page): Promise<number> => of.locator('body *').count();
  await until(
    async () => (await namesIn(fresh)).length === 3 && (await elements(page)) === (await elements(fresh)),
    'that a page that has seen all of this has as many elements as a new one',
  );
};

/** What the keyboard acts on while a list changes: the same thing, or what stands in its place. */
const lookAtFocus = async (page: Page, stack: BrowsedStack): Promise<void> => {
  await page.goto(stack.watch);
  const focused = await page.evaluate(async (module) => {
    const { el, keyed } = await import(module);
    const { document } = globalThis as unknown as {
      document: { activeElement: { textContent: string }; body: { append: (list: object) => void } };
    };
    const list = el('ol');
    document.body.append(list);
    const show = (...items: string[]): void => {
      const make = (item: string): unknown => el('li', {}, el('button', {}, item));
      keyed(
        list,
        items,
        (item: string) => item,
        make,
        () => {},
      );
    };
    show('a', 'b', 'c');
    list.children[1].querySelector('button').focus();
    const changes = [['b', 'a', 'c'], ['a', 'c'], ['new', 'a', 'c'], ['new']];
    return changes.map((items) => {
      show(...items);
      return document.activeElement.textContent;
    });
  }, `${stack.watch}dom.js`);
  expect(focused).to.deep.equal(['b', 'a', 'a', 'new']);
};

/** What a screen reader says of a bar is all that it shows, and of an event that was put back that it was. */
const listen = async (page: Page, stack: BrowsedStack): Promise<void> => {
  await page.route('**/put-back', (route) => route.fulfill({ json: {} }));
  await openQuiet(page, stack.watch);
  const empty = await page.evaluate(
    async ([charts, lists]) => {
      const [{ rollupsIn }, { rejectedIn, rowsIn }] = await Promise.all([import(charts!), import(lists!)]);
      const bars = [{ group: 'Zürich', rows: 1_200, sums: ['kWh 3.5', 'm3 7'] }];
      rollupsIn(() => {})([{ name: 'usage', every: 'hour', groups: 1, times: [], series: [], bars }]);
      const rejected = { id: 'shard:1', reason: 'NotJson', detail: '', rejectedAt: '', bytes: 1 };
      rejectedIn(true)({ events: [rejected], reasons: [], note: '' });
      rowsIn().newest({ rows: [], note: 'newest first' });
      const { document } = globalThis as unknown as {
        document: { querySelector: (selector: string) => { textContent: string } };
      };
      return document.querySelector('#rows-note').textContent;
    },
    ['charts.js', 'lists.js'].map((name) => stack.watch + name),
  );
  expect(empty).to.equal('none yet');
  await page.getByRole('button', { name: 'Zürich: 1,200 rows, kWh 3.5, m3 7. Show them', exact: true }).waitFor();
  await page.getByRole('button', { name: 'Put back shard:1', exact: true }).press('Enter');
  await page.getByRole('button', { name: 'On the stream: shard:1', exact: true }).waitFor();
};

/** What fits the width of a phone needs no sideways scrolling, in the light and in the dark. */
const lookOnPhone = async (page: Page, stack: BrowsedStack): Promise<void> => {
  await page.goto(stack.watch);
  await settled(page, 3, 2);
  const root = page.locator('html');
  const widthOf = (): Promise<number> => root.evaluate((element: { scrollWidth: number }) => element.scrollWidth);
  expect(await widthOf()).to.equal(390);
  const colourOf = (selector: string): Promise<string> =>
    page.locator(selector).evaluate((element) => {
      const { getComputedStyle } = globalThis as unknown as {
        getComputedStyle: (element: object) => { backgroundColor: string };
      };
      return getComputedStyle(element).backgroundColor;
    });
  const light = await colourOf('body');
  await page.emulateMedia({ colorScheme: 'dark' });
  expect(await colourOf('body')).not.to.equal(light);
  // Where a user chooses all colours, what tells two lines apart keeps its own.
  await page.emulateMedia({ forcedColors: 'active' });
  expect(await colourOf('.legend .stored')).not.to.equal(await colourOf('.legend .rejected'));
  expect(await colourOf('.k0 .fill')).not.to.equal(await colourOf('.k0 .track'));
};

process.exitCode = await browse([], async ({ stack, browser, folder }) => {
  const file = join(folder, 'events.ndjson');
  const hostile = { specversion: '1.0', id: '1', source: '/x', type: HOSTILE, subject: HOSTILE, data: HOSTILE };
  const events = [tweetV1(), tweetV2(), hostile].map((event) => JSON.stringify(event));
  await writeFile(file, `${[...events, CUT, '"a text"'].join('\n')}\n`);
  await stack.send(file);
  for (const [width, look] of [
    [1280, lookAround],
    [1280, lookAtFocus],
    [1280, listen],
    [1280, lookAtAxes],
    [1280, lookAtChartsByKeyboard],
    [360, lookAtChartsByPointer],
    [1280, lookAtChartsByPointer],
    [390, lookOnPhone],
    [360, lookAtNarrowAxes],
    [360, lookAtPicture],
    [768, lookAtPicture],
    [1280, lookAtPicture],
    [390, lookAtBars],
    [1280, lookAtBars],
    [320, lookAtLongTexts],
    [1280, lookAtLongTexts],
    [1280, lookLater],
    [1280, lookAway],
  ] as const) {
    const context = await browser.newContext({
      viewport: { width, height: 800 },
      locale: 'en',
      timezoneId: TIME_ZONE,
    });
    context.setDefaultTimeout(30_000);
    const problems = watch(context, new URL(stack.watch).host);
    await look(await context.newPage(), stack);
    expect(problems, 'what the page must not do').to.deep.equal([]);
    await context.close();
  }
  await lookRefused(browser, stack);
  await attack(browser, stack);
});
if (process.exitCode === 0)
  console.log(
    'the live page shows what the tables hold, finds rows, puts an event back and does not grow; a page elsewhere reads and changes nothing',
  );
