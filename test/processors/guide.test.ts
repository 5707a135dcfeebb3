import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { buildSync } from 'esbuild';
import { number } from '../../cli/numbers.ts';
import { mapEvent } from '../../core/decode.ts';
import { GROUP_BYTES, KEY_BYTES, ROWS_OF_AN_EVENT } from '../../core/limits.ts';
import { checkProcessor, type Processor, rowsOf } from '../../core/processor.ts';
import type { Shape } from '../../core/shapes/shape.ts';

const root = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));

/** The code of docs/processors.md that begins with these words, as a file of a folder. */
const codeOf = async <Module>(words: string, folder: string): Promise<Module> => {
  const blocks = readFileSync(root('docs/processors.md'), 'utf8').matchAll(/^```ts\n(.*?)^```/gms);
  const code = [...blocks].map(([, block = '']) => block).find((block) => block.startsWith(words));
  const { outputFiles } = buildSync({
    stdin: { contents: code!, resolveDir: root(folder), loader: 'ts' },
    ...{ bundle: true, write: false, format: 'esm', platform: 'node' },
  });
  return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0]!.contents).toString('base64')}`);
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
    const { default: processor } = await codeOf<{ default: Processor }>('import type { Processor }', 'processors');
    expect(() => checkProcessor('guide', processor)).not.to.throw();
    const rowsFor = (partitionKey: string) =>
      rowsOf(processor, mapEvent(Buffer.from('{"id":1}'), { ...ARRIVAL, partitionKey }, processor.shapes));
    expect(rowsFor('test')).to.deep.equal([]);
    expect(rowsFor('anna')).to.have.length(1);
  });

  it('has a shape whose rows are under what the event names, whatever partition key its sender chose', async () => {
    const { scaleReading } = await codeOf<{ scaleReading: Shape }>('import { idText', 'core/shapes');
    const row = mapEvent(Buffer.from('{"scale":"s-1","grams":182}'), ARRIVAL, [scaleReading]);
    expect(row).to.include({ Username: 's-1', Type: 'weight' });
  });
});
