import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import bench from '../../../proof/bench/bench.ts';
import type { ComparedHandlers, HandlerResult } from '../../../proof/bench/handler.ts';
import { mediansOf, pageWith, partsOf, writePage } from '../../../proof/bench/page.ts';
import {
  type Measurement,
  type Report,
  SECTION_NAMES,
  SECTIONS,
  sectionOf,
  withMet,
} from '../../../proof/bench/sections.ts';
import { emptyFolder } from '../../support/empty-folder.ts';
import { call } from '../../support/run.ts';
import { report as measured, results } from './report.ts';

/** A run whose function takes so much CPU time for an event, where the floor takes 30 µs. */
const run = (node: string, cpuPerEvent: number, more: Partial<Measurement<HandlerResult>> = {}) => {
  const atOnce: ComparedHandlers = { ...results.handler.atOnce, ours: { ...results.handler.atOnce.ours, cpuPerEvent } };
  const result = { ...results.handler, atOnce };
  const [handler] = measured.handler;
  const machine = { ...handler.machine, node };
  return { ...handler, machine, result, aims: withMet(SECTIONS.handler.aims(result)), ...more };
};

describe('the page of the figures', () => {
  const folder = emptyFolder();

  const report: Report = {
    handler: [
      run('v24.1.0', 45),
      run('v20.19.0', 75, { at: '2026-11-20T23:00:00.000Z', quick: true }),
      run('v24.1.0', 57, { seconds: 62 }),
    ],
  };
  const parts = partsOf(report, '');

  it('has in each row the range of all runs on one Node, and a ratio is that of each run', () => {
    const rows = parts.get('handler')!.split('\n').slice(2, 6).concat(parts.get('handler')!.split('\n').slice(-2));
    expect(rows[0]).to.equal('|  | Node | µs CPU/event | to the floor | events/s | events/s, 5 ms away |');
    expect(rows.slice(-2)).to.deep.equal([
      '| ours | 20 | 75.0 | 2.50 | 12,000 | 12,000 |',
      '| ours | 24 | 45.0–57.0 | 1.50–1.90 | 12,000 | 12,000 |',
    ]);
  });

  it('says of each aim what each Node found, and whether all runs met it', () => {
    const [, , first, second] = parts.get('handler-aims')!.split('\n');
    expect(first).to.equal(
      '| handler: CPU, ours to the floor, at most 2 | 2.50 | 1.50–1.90 | **met in 2 of 3 runs** |',
    );
    expect(second).to.match(/at least 5 \| 6\.00 \| 6\.00 \| met \|$/);
  });

  it('says when, where and how often each section was measured', () => {
    expect(parts.get('runs')!.split('\n').slice(2)).to.deep.equal([
      '| handler | 2026-11-20 | 20.19.0 | 2 × some | 1, quick | 60 |',
      '| handler | 2026-11-21 | 24.1.0 | 2 × some | 2 | 60–62 |',
    ]);
  });

  it('still says this of a section that was not measured anew', () => {
    const before = partsOf({ ...report, client: measured.client }, '').get('runs')!;
    const after = partsOf({ client: [{ ...measured.client[0], seconds: 61 }] }, before).get('runs')!;
    expect(after).to.equal(before.replace('| 1 | 60 |', '| 1 | 61 |'));
  });

  it('keeps the text around its tables, and what was not measured anew', () => {
    const page = 'a 1\n\n<!-- bench: x -->\nold\n<!-- /bench -->\nb\n<!-- bench: y-z -->\n\nold\n\n<!-- /bench -->\n';
    const made = pageWith(page, new Map([['x', '$& new']]));
    expect(made).to.equal(
      'a 1\n\n<!-- bench: x -->\n\n$& new\n\n<!-- /bench -->\nb\n<!-- bench: y-z -->\n\nold\n\n<!-- /bench -->\n',
    );
    expect(pageWith(made, new Map([['x', '$& new']]))).to.equal(made);
  });

  it('has pictures of the medians on the latest Node', () => {
    const { handler, ...others } = mediansOf({ handler: [...report.handler!, run('v24.1.0', 48)] });
    expect(others).to.deep.equal({});
    expect(handler!.atOnce.ours).to.include({ cpuPerEvent: 48, name: 'ours' });
    expect(handler!.memory.after).to.deep.equal(results.handler.memory.after);
  });

  it('stays as it is where there are no figures', async () => {
    const [file, json] = [join(folder, 'performance.md'), join(folder, 'none.json')];
    await writeFile(file, '<!-- bench: handler -->\nold\n<!-- /bench -->\n');
    const { code, stderr } = await call(bench, ['--page', '--json', json, '--docs', folder]).finished;
    expect(stderr).to.equal(`error: there are no figures in ${json}; expected those of a run: npm run bench\n`);
    expect(code).to.equal(1);
    expect(await readFile(file, 'utf8')).to.contain('old');
  });

  it('is written next to its pictures', async () => {
    const file = join(folder, 'performance.md');
    await writeFile(file, '<!-- bench: handler -->\n<!-- /bench -->\n');
    expect(writePage(report, folder)).to.deep.equal([file, join(folder, 'performance-handler.svg')]);
    expect(await readFile(file, 'utf8')).to.include('| ours | 24 | 45.0–57.0 |');
  });
});

describe('docs/performance.md', () => {
  it('has a place for every table of every section, and for no other', async () => {
    const page = await readFile(new URL('../../../docs/performance.md', import.meta.url), 'utf8');
    const places = [...page.matchAll(/<!-- bench: ([\w-]+) -->/g)].map(([, name]) => name);
    const all = SECTION_NAMES.map((name) => {
      const [only] = measured[name];
      return [name, [{ ...only, aims: withMet(sectionOf(name).aims(only.result)) }]];
    });
    expect(places).to.have.members([...partsOf(Object.fromEntries(all) as Report, page).keys()]);
    expect(page.match(/<!-- \/bench -->/g)).to.have.length(places.length);
  });
});
