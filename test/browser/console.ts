/**
 * Looks into the tables of `npm run local` with a real browser, as a user does.
 *
 *     node cli/run.cjs test/browser/console.ts [--screenshot FILE]
 *
 * Prints one line about what it saw; fails with what is wrong otherwise. Where there is no Chromium it says so and ends with
 * exit code 77, which is neither passed nor failed.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { expect } from 'chai';
import type { BrowserContext, Page } from 'playwright-core';
import { tweetV1, tweetV2 } from '../support/events.ts';
import { killAll, run, start } from '../support/run.ts';
import { until } from '../support/until.ts';
import { findChromium, launch } from './chromium.ts';
import { attack } from './hostile-page.ts';
import { linesForPicture } from './picture.ts';

const SKIPPED = 77;
const SAMPLE = fileURLToPath(new URL('../../events/tweets.ndjson', import.meta.url));
/** A line that no event is, so that it is rejected. */
const CUT = '{"cut": "東京';

const { screenshot } = parseArgs({ options: { screenshot: { type: 'string' } } }).values;

/** The local stack as a user starts it, on ports that are free. */
const startStack = async (folder: string) => {
  const ports = ['--kinesis-port', '0', '--dynamodb-port', '0', '--console-port', '0'];
  const { child, saw, finished } = start('local/local.ts', [...ports, '--failed-batches', folder]);
  let output = '';
  child.stdout?.on('data', (text: string) => {
    output += text;
  });
  await saw('Ctrl-C ends the stack.');
  const urlOf = (name: string): string => {
    const url = new RegExp(`^ *${name} +(http://127\\.0\\.0\\.1:\\d+) `, 'm').exec(output)?.[1];
    if (url === undefined) throw new Error(`the welcome names no URL of ${name}: ${output}`);
    return url;
  };
  const records = (): number =>
    [...output.matchAll(/"records":(\d+)/g)].reduce((sum, [, count]) => sum + Number(count), 0);
  return {
    kinesis: urlOf('Kinesis'),
    dynamoDb: urlOf('DynamoDB'),
    console: urlOf('Console'),
    /** Resolves when the function has answered for so many records. */
    processed: (count: number) => until(() => records() >= count, `that the function processes ${count} records`),
    stop: async (): Promise<void> => {
      child.kill('SIGINT');
      const { code, stderr } = await finished;
      expect({ code, stderr }, 'the end of the stack').to.deep.equal({ code: 0, stderr: '' });
    },
  };
};

const send = async (kinesis: string, file: string): Promise<void> => {
  const to = ['--endpoint', kinesis, '--stream', 'local-EventStream'];
  const { code, stdout, stderr } = await run('client/twitter2kinesis.ts', [...to, '--file', file]);
  expect(code, stdout + stderr).to.equal(0);
};

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

/** The rows of the table on the page, by the names of its columns. */
const rowsOf = async (page: Page): Promise<Record<string, string>[]> => {
  await page.locator('#items-container tr').first().waitFor();
  const names = await page.locator('#actions-row th').allInnerTexts();
  const rows = await page.locator('#items-container tr').all();
  return Promise.all(
    rows.map(async (row) => {
      const cells = await row.locator('td').allInnerTexts();
      return Object.fromEntries(names.map((name, index) => [name, cells[index] ?? '']));
    }),
  );
};

const openTable = async (page: Page, console: string, table: string): Promise<Record<string, string>[]> => {
  await page.goto(console);
  await page.getByRole('link', { name: table }).click();
  return rowsOf(page);
};

const lookAround = async (page: Page, console: string): Promise<void> => {
  const events = await openTable(page, console, 'local-EventData');
  const seen = events.map(({ Username, Id, Message }) => ({ Username, Id, Message }));
  expect(seen, 'rows of EventData').to.have.deep.members([
    { Username: '"名前 🦊"', Id: '"1991478936813379585"', Message: '"東京は晴れ ☀️ 👩‍👩‍👧‍👦 yolo"' },
    { Username: '"Zoë 🦊"', Id: '"1991478936813379586"', Message: '"naïve café 🎉"' },
  ]);

  await page.getByRole('row', { name: '名前' }).getByRole('link', { name: 'View' }).click();
  await page.locator('.ace_content').getByText('東京は晴れ').waitFor();

  const [rejected, ...others] = await openTable(page, console, 'local-RejectedEvents');
  expect(others, 'other rejected events').to.deep.equal([]);
  expect(rejected).to.include({ Reason: '"NotJson"' });
  expect(rejected?.Data).to.contain(CUT);
  await page.getByRole('link', { name: 'View' }).click();
  await page.locator('.ace_content').getByText('NotJson').waitFor();

  for (const tab of ['Get', 'Meta', 'TTL']) {
    await page.goto(`${console}/tables/local-EventData`);
    await page.getByRole('link', { name: tab, exact: true }).click();
    await page.waitForLoadState();
  }
};

/** Sends lines to a stack of its own, and looks at its console. */
const visit = async (
  executable: string,
  lines: readonly string[],
  look: (page: Page, console: string) => Promise<void>,
): Promise<void> => {
  const folder = await mkdtemp(join(tmpdir(), 'browser-test-'));
  try {
    const stack = await startStack(folder);
    const file = join(folder, 'events.ndjson');
    await writeFile(file, `${lines.join('\n')}\n`);
    await send(stack.kinesis, file);
    await stack.processed(lines.length);
    const browser = await launch(executable);
    try {
      const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: 'en' });
      context.setDefaultTimeout(30_000);
      const problems = watch(context, new URL(stack.console).host);
      await look(await context.newPage(), stack.console);
      expect(problems, 'what the pages must not do').to.deep.equal([]);
      await attack(browser, stack);
    } finally {
      await browser.close();
    }
    await stack.stop();
  } finally {
    await killAll();
    await rm(folder, { recursive: true });
  }
};

const main = async (): Promise<number> => {
  const executable = findChromium(process.env);
  if (executable === undefined) {
    console.log('there is no Chromium; install it, or name one with CHROMIUM=/path/of/chromium');
    return SKIPPED;
  }
  await visit(executable, [JSON.stringify(tweetV1()), JSON.stringify(tweetV2()), CUT], lookAround);
  if (screenshot !== undefined)
    await visit(executable, linesForPicture(SAMPLE), async (page, console) => {
      await openTable(page, console, 'local-EventData');
      await page.screenshot({ path: screenshot });
    });
  console.log(
    'a browser finds the events, the rejected one and nothing wrong in the console; a page elsewhere reads and deletes nothing',
  );
  return 0;
};

process.exitCode = await main();
