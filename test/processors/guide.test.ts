import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { buildSync } from 'esbuild';
import { number } from '../../cli/numbers.ts';
import { checkProcessor } from '../../core/check-processor.ts';
import { mapEvent } from '../../core/decode.ts';
import { KEY_BYTES } from '../../core/limits.ts';
import { contributionOf, GROUP_BYTES, type Processor, ROWS_OF_AN_EVENT, rowsOf } from '../../core/processor.ts';
import type { Shape } from '../../core/shapes/shape.ts';
import { emptyFolder } from '../support/empty-folder.ts';
import { tableOf } from '../support/processed.ts';

const root = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));

const BLOCKS = [...readFileSync(root('docs/processors.md'), 'utf8').matchAll(/^```ts\n(.*?)^```/gms)].map(
  ([, block = '']) => block,
);

/** Where the page says that a file of this code goes. */
const folderOf = (block: string): string => {
  if (block.includes('describe(')) return 'test/processors';
  return block.includes("from './shape.ts'") ? 'core/shapes' : 'processors';
};

/** What the code of docs/processors.md exports that has these words. */
const codeOf = async <Module>(words: string): Promise<Module> => {
  const contents = BLOCKS.find((block) => block.includes(words))!;
  const { outputFiles } = buildSync({
    stdin: { contents, resolveDir: root(folderOf(contents)), loader: 'ts' },
    ...{ bundle: true, write: false, format: 'esm', platform: 'node' },
  });
  return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0]!.contents).toString('base64')}`);
};

/** What it makes of these events of one sender. */
const tried = async (words: string, ...events: object[]) => {
  const { default: processor } = await codeOf<{ default: Processor }>(words);
  expect(() => checkProcessor('guide', processor)).not.to.throw();
  const rows = events.flatMap((event) =>
    rowsOf(processor, mapEvent(Buffer.from(JSON.stringify(event)), ARRIVAL, processor.shapes)),
  );
  const groups = processor.rollups!.map((rollup) =>
    tableOf(rows).flatMap((row) => contributionOf(rollup, row)?.group ?? []),
  );
  return { rows, groups };
};

const ARRIVAL = { at: new Date('2026-11-20T12:00:00.000Z'), partitionKey: 'any hash' };

describe('the guide to processors', () => {
  const folder = emptyFolder();

  it('has the limits of the rows and the groups that a processor makes', () => {
    const page = readFileSync(root('docs/processors.md'), 'utf8').replace(/\s+/g, ' ');
    expect(page).to.contain(`up to ${number(ROWS_OF_AN_EVENT)} rows`);
    expect(page).to.contain(`up to ${number(KEY_BYTES.partition)} and ${number(KEY_BYTES.sort)} bytes`);
    expect(page).to.contain(`A group of a rollup has up to ${number(GROUP_BYTES)} bytes`);
  });

  it('has a processor that drops what it says', async () => {
    const { rows, groups } = await tried("name: 'cities'", { id: 1, test: true }, { id: 2, city: '東京' }, { id: 3 });
    expect(rows.map(({ Id }) => Id)).to.deep.equal(['2', '3']);
    expect(groups).to.deep.equal([['東京', 'none']]);
  });

  it('has a processor of readings whose id is that of what was measured, so that none replaces another', async () => {
    const cpu = { hostname: 'h1', chart_id: 'system.cpu', id: 'user', value: 1.25, timestamp: 1_795_176_000 };
    const others = [
      { hostname: 'h2' },
      { chart_id: 'apps.cpu' },
      { timestamp: 1_795_176_010 },
      { value: null, id: 'nice' },
    ];
    const readings = [cpu, ...others.map((other) => ({ ...cpu, ...other }))];
    const { rows, groups } = await tried("name: 'readings'", ...readings);
    expect(tableOf(rows)).to.have.length(readings.length);
    const user = 'h1 system.cpu user';
    expect(groups).to.deep.equal([[user, 'h2 system.cpu user', 'h1 apps.cpu user', user]]);
  });

  it('has a processor that counts by the days of Berlin, of which one has 25 hours', async () => {
    const times = ['24T21:59:59.999', '24T22:00:00', '25T22:59:59.999', '25T23:00:00'];
    const { groups } = await tried("name: 'days'", ...times.map((time) => ({ id: time, time: `2026-10-${time}Z` })));
    expect(groups).to.deep.equal([['2026-10-24', '2026-10-25', '2026-10-25', '2026-10-26']]);
  });

  it('has a processor that counts each person once a day, however often they come', async () => {
    const at = (time: string) => ({ id: time, time: `2026-11-${time}:00:00Z` });
    const { rows, groups } = await tried("name: 'people'", at('20T08'), at('20T09'), at('21T08'));
    expect(rows).to.have.length(6);
    expect(groups).to.deep.equal([['all', 'all']]);
  });

  it('has a processor of two uses, each with rows and rollups of its own', async () => {
    const { groups } = await tried("name: 'bills'", { id: 1 }, { id: 2 });
    expect(groups).to.deep.equal([
      ['all', 'all'],
      ['bill any hash', 'bill any hash'],
    ]);
  });

  it('has code that TypeScript accepts in the folders where it goes', async () => {
    const rooms = { extends: root('tsconfig.json'), include: ['.'], compilerOptions: { rootDirs: [root(''), '.'] } };
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(rooms));
    for (const name of ['package.json', 'node_modules']) symlinkSync(root(name), join(folder, name));
    for (const [index, block] of BLOCKS.entries()) {
      mkdirSync(join(folder, folderOf(block)), { recursive: true });
      writeFileSync(join(folder, folderOf(block), `block-${index}.ts`), block);
    }
    const run = promisify(execFile)(process.execPath, [root('node_modules/typescript/bin/tsc'), '-p', folder]);
    expect(await run.catch(({ stdout }) => stdout)).to.deep.equal({ stdout: '', stderr: '' });
  });

  it('has a shape whose rows are under what the event names, whatever partition key its sender chose', async () => {
    const { scaleReading } = await codeOf<{ scaleReading: Shape }>('scaleReading');
    const row = mapEvent(Buffer.from('{"scale":"s-1","grams":182}'), ARRIVAL, [scaleReading]);
    expect(row).to.include({ Username: 's-1', Type: 'weight' });
  });
});
