import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { buildSync } from 'esbuild';
import { number } from '../../cli/numbers.ts';
import { mapEvent } from '../../core/decode.ts';
import { KEY_BYTES } from '../../core/limits.ts';
import {
  checkProcessor,
  contributionOf,
  GROUP_BYTES,
  type Processor,
  ROWS_OF_AN_EVENT,
  rowsOf,
} from '../../core/processor.ts';
import type { Shape } from '../../core/shapes/shape.ts';
import { tableOf } from '../support/processed.ts';

const root = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));

const BLOCKS = [...readFileSync(root('docs/processors.md'), 'utf8').matchAll(/^```ts\n(.*?)^```/gms)].map(
  ([, block = '']) => block,
);

/** The code of docs/processors.md that has these words, as a file of a folder. */
const bundleOf = (words: string, folder: string): Uint8Array => {
  const { outputFiles } = buildSync({
    stdin: { contents: BLOCKS.find((block) => block.includes(words))!, resolveDir: root(folder), loader: 'ts' },
    ...{ bundle: true, write: false, format: 'esm', platform: 'node' },
  });
  return outputFiles[0]!.contents;
};

const codeOf = async <Module>(words: string, folder: string): Promise<Module> =>
  import(`data:text/javascript;base64,${Buffer.from(bundleOf(words, folder)).toString('base64')}`);

/** What it makes of these events of one sender. */
const tried = async (words: string, ...events: object[]) => {
  const { default: processor } = await codeOf<{ default: Processor }>(words, 'processors');
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

  it('has a test that finds what it imports', () => {
    expect(() => bundleOf("describe('metrics'", 'test/processors')).not.to.throw();
  });

  it('has a shape whose rows are under what the event names, whatever partition key its sender chose', async () => {
    const { scaleReading } = await codeOf<{ scaleReading: Shape }>('scaleReading', 'core/shapes');
    const row = mapEvent(Buffer.from('{"scale":"s-1","grams":182}'), ARRIVAL, [scaleReading]);
    expect(row).to.include({ Username: 's-1', Type: 'weight' });
  });
});
