/**
 * Makes the pictures of the documentation: the live page of a local stack through which the sample events of social-media went.
 *
 *     node cli/run.cjs test/browser/pictures.ts [--folder DIR] [--dark]
 *
 * Where there is no Chromium it says so and ends with exit code 77.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { browse } from './browse.ts';
import { sample } from './local-stack.ts';

const DOCS = fileURLToPath(new URL('../../docs/', import.meta.url));
const PICTURES = [
  { name: 'watch.png', width: 1280, height: 1356 },
  { name: 'watch-phone.png', width: 390, height: 1480 },
];

/** Lines that one call of the client sends. */
const PIECE = 45;

const { folder = DOCS, dark } = parseArgs({
  options: { folder: { type: 'string' }, dark: { type: 'boolean' } },
}).values;

process.exitCode = await browse(['--processor', 'social-media'], async ({ stack, browser, folder: temporary }) => {
  const context = await browser.newContext({ locale: 'en', colorScheme: dark ? 'dark' : 'light' });
  const page = await context.newPage();
  page.on('pageerror', (error) => console.log(error.stack));
  await page.goto(stack.watch);
  // In pieces, so that the rate has more than one point.
  const lines = (await readFile(sample('social-media'), 'utf8')).split(/(?<=\n)/);
  const piece = join(temporary, 'piece.ndjson');
  for (let from = 0; from < lines.length; from += PIECE) {
    await writeFile(piece, lines.slice(from, from + PIECE).join(''));
    await stack.send(piece);
  }
  const bad = join(temporary, 'bad.ndjson');
  await writeFile(bad, '{"cut": "東京\n["a list"]\n');
  await stack.send(bad);
  for (const [figure, least] of [
    ['rows', 1],
    ['rejectedRows', 2],
    ['groups', 1],
  ] as const)
    await page.waitForFunction(
      ([name, count]) => {
        const { document } = globalThis as unknown as {
          document: { querySelector: (s: string) => { textContent: string } | null };
        };
        return (
          Number(document.querySelector(`.wide [data-figure="${name}"]`)?.textContent.replaceAll(',', '')) >=
          Number(count)
        );
      },
      [figure, least],
    );
  // The rate shows a second when it is over, and what moves comes to rest.
  await page.waitForTimeout(8_000);
  for (const { name, width, height } of PICTURES) {
    await page.setViewportSize({ width, height });
    await page.waitForTimeout(700);
    const path = join(folder, name);
    await page.screenshot({ path, fullPage: false });
    console.log(path);
  }
});
