import { readdirSync, readFileSync } from 'node:fs';
import { expect } from 'chai';
import { ProcessorError } from '../../core/check-processor.ts';
import { PROCESSORS, processorNamed } from '../../processors/index.ts';
import {
  detailOf,
  linesOf,
  mistakenLines,
  processed,
  processedRecord,
  reasonOf,
  rowsFor,
  rowsOfOutcome,
} from '../support/processed.ts';

const ROOT = new URL('../../', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, ROOT), 'utf8');

/** Those that have a file of events. */
const USES = Object.keys(PROCESSORS).filter((name) => name !== 'default');

describe('the processors', () => {
  it('are one for each file of their folder, and each is in the table of docs/processors.md', () => {
    const files = readdirSync(new URL('processors/', ROOT)).map((file) => file.replace('.ts', ''));
    expect(Object.keys(PROCESSORS)).to.have.members(files.filter((name) => name !== 'index'));
    const [table = ''] = read('docs/processors.md').split('\n## Write one\n');
    const inTable = [...table.matchAll(/^\| `([\w-]+)` \|/gm)].map(([, name]) => name);
    expect(inTable.toSorted(), 'docs/processors.md').to.deep.equal(Object.keys(PROCESSORS).toSorted());
  });

  it('can all be used', () => {
    for (const name of Object.keys(PROCESSORS)) expect(() => processorNamed(name), name).not.to.throw();
  });

  it('are named where somebody asks for one that is not there', () => {
    expect(() => processorNamed('toString')).to.throw(
      ProcessorError,
      /there is no processor "toString"; expected one of default/,
    );
  });

  for (const name of Object.keys(PROCESSORS)) {
    it(`fit on a screen, as ${name} does: it has at most 60 lines`, () => {
      const lines = read(`processors/${name}.ts`).trimEnd().split('\n');
      expect(lines).to.have.length.of.at.most(60);
    });
  }

  for (const name of USES) {
    it(`make the same of the same line, as ${name} does`, () => {
      const all = () => linesOf(name).map((line) => processed(name, line));
      expect(all()).to.deep.equal(all());
    });

    it(`make a row or an honest rejection of any mistake in any field, as ${name} does`, () => {
      const failed = linesWithMistakes(name).filter(
        (mistaken) => reasonOf(processed(name, mistaken)) === 'ProcessorFailed',
      );
      expect(failed.map((mistaken) => `${detailOf(name, mistaken)}: ${mistaken.slice(0, 300)}`)).to.deep.equal([]);
    });
  }
});

describe('a field that says yes', () => {
  const YES = /"(hidden|test|probe|webdriver|reset|estimated)":true/g;
  for (const name of ['indexing', 'order-processing', 'iot-metering', 'metrics', 'clickstream'])
    it(`may be a text or 1 as well, as ${name} reads it`, () => {
      const lines = linesOf(name).filter((line) => line.search(YES) >= 0);
      expect(lines).not.to.deep.equal([]);
      for (const line of lines)
        for (const yes of ['"true"', '"TRUE"', '1', '"1"'])
          expect(processed(name, line.replace(YES, `"$1":${yes}`)), line).to.deep.equal(processed(name, line));
    });

  it('is none where it says no', () => {
    const post = { id: '1', author: 'ada', time: '2026-11-20T12:00:00Z', text: '!' };
    for (const hidden of [false, 'false', 0, '0', '', null, 'no'])
      expect(rowsFor('indexing', { ...post, hidden }), `${hidden}`).to.have.lengthOf(1);
  });
});

describe('events/README.md', () => {
  for (const name of USES)
    it(`says what becomes of the lines of ${name}.ndjson`, () => {
      const fates = linesOf(name).map((line) => fateOf(name, line));
      const [rows, dropped, rejected] = ['row', 'dropped', 'rejected'].map(
        (fate) => fates.filter((other) => other === fate).length,
      );
      const [, section = ''] = read('events/README.md').split(`\n## ${name}.ndjson\n`);
      const said = /^- \d+ lines make rows.*$/m.exec(section.split('\n## ')[0]!)?.[0];
      // As a value and not as a part of the page, so that a failure shows the whole line.
      expect(said).to.equal(`- ${rows} lines make rows, ${dropped} are dropped, and ${rejected} are rejected.`);
    });
});

/** What becomes of a line, which may hold several events or none. */
const fateOf = (name: string, line: string): 'row' | 'dropped' | 'rejected' => {
  const outcomes = processedRecord(name, line);
  if (outcomes.some(reasonOf)) return 'rejected';
  return outcomes.some((outcome) => rowsOfOutcome(outcome).length > 0) ? 'row' : 'dropped';
};

/** Lines of a use's file that become rows, with each mistake once in each field that such a line has. */
const linesWithMistakes = (name: string): string[] => {
  const seen = new Set<string>();
  return linesOf(name)
    .filter((line) => rowsFor(name, line).length > 0)
    .flatMap((line) => mistakenLines(line, (path) => seen.size < seen.add(path).size));
};
