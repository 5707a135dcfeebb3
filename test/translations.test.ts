import { readdirSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { expect } from 'chai';
import { TEMPLATE } from './template/stack.ts';

const ROOT = new URL('../', import.meta.url);
const read = (page: string): string => readFileSync(new URL(page, ROOT), 'utf8');

/** The README in other languages. */
const TRANSLATIONS = readdirSync(new URL('docs', ROOT))
  .filter((file) => /^README\..+\.md$/.test(file))
  .map((file) => `docs/${file}`);
const [FIRST = ''] = TRANSLATIONS;

/** Without its blocks of code. */
const proseOf = (page: string): string => read(page).replace(/```[\s\S]*?```/g, '');

const commandsIn = (page: string): string[] =>
  [...read(page).matchAll(/```bash\n([\s\S]*?)```/g)].flatMap(([, block = '']) => block.trim().split('\n'));

/** Where a page leads to, as seen from the top of the tree. */
const linksIn = (page: string): string[] =>
  [...proseOf(page).matchAll(/\]\(([^)]+)\)/g)]
    .map(([, to = '']) => (to.startsWith('https:') ? to : posix.join(posix.dirname(page), to)))
    .sort();

const namesIn = (page: string): string[] => [...proseOf(page).matchAll(/`([^`]+)`/g)].map(([, name]) => name!).sort();

/** The names in the first column of the first table. */
const partsIn = (page: string): string[] =>
  (/(?:^\|.*\n)+/m.exec(proseOf(page))?.[0] ?? '').split('\n').flatMap((row) => /^\| `([^`]+)`/.exec(row)?.[1] ?? []);

/** What leads from an arrow's text to its end, without the text. */
const arrowsIn = (page: string): string[] =>
  (/```mermaid\n([\s\S]*?)```/.exec(read(page))?.[1] ?? '')
    .split('\n')
    .map((line) =>
      line.replace(/"[^"]*"/g, (text) => /DynamoDB|Kinesis|Lambda/.exec(text)?.[0] ?? '').replace(/\|[^|]*\|/, ''),
    );

describe('the README in other languages', () => {
  it('is there in the five languages of the system that this one succeeds', () => {
    expect(TRANSLATIONS).to.include.members(
      ['zh-TW', 'ru', 'ja', 'de', 'pt-BR'].map((code) => `docs/README.${code}.md`),
    );
  });

  it('breaks a line of a language without spaces only behind a mark: a browser may show a space there', () => {
    const broken = /.*[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}]\n *[\p{L}`].*/gu;
    expect('関数が\n   動く。\n次').to.match(broken);
    expect(TRANSLATIONS.flatMap((page) => proseOf(page).match(broken) ?? [])).to.deep.equal([]);
  });

  it('is linked from the top of each page to all others', () => {
    const pages = ['README.md', ...TRANSLATIONS];
    for (const page of pages) {
      const links = linksIn(page);
      expect(
        pages.filter((other) => !links.includes(other)),
        `what ${page} does not link to`,
      ).to.deep.equal([]);
    }
  });

  for (const page of TRANSLATIONS)
    describe(page, () => {
      it('has the commands of the others, in their order, all of them from the README', () => {
        expect(commandsIn(page)).to.deep.equal(commandsIn(FIRST));
        expect(commandsIn('README.md')).to.include.members(commandsIn(page));
      });

      it('has the names of the others', () => {
        expect(namesIn(page)).to.deep.equal(namesIn(FIRST));
      });

      it('has the links of the others, all of them from the README', () => {
        expect(linksIn(page)).to.deep.equal(linksIn(FIRST));
        expect(linksIn('README.md').map((link) => link.split('#')[0])).to.include.members(linksIn(page));
      });

      it('has the sections of the others, and the diagram of the README', () => {
        const headings = (of: string): number => proseOf(of).match(/^## /gm)?.length ?? 0;
        expect(headings(page)).to.equal(headings(FIRST));
        expect(arrowsIn(page)).to.deep.equal(arrowsIn('README.md'));
      });

      it('says what it runs on, what needs a profile, and for how long something stays after sam delete', () => {
        for (const of of ['README.md', page]) {
          expect(read(of), of).to.match(/Linux[,、] ?macOS .*WSL/);
          expect(namesIn(of)).to.include('aws configure');
          expect(read(of).split('\nsam delete\n')[1], of).to.match(/\b35\b/);
        }
      });

      it('says of every part of the stack what it is for', () => {
        expect(partsIn(page)).to.deep.equal(partsIn('README.md'));
      });
    });

  it('names parts that the template has, and every table', () => {
    const inTemplate = JSON.stringify(TEMPLATE.Resources);
    for (const part of partsIn('README.md')) {
      const [, suffix] = /^stream-processor(-.+)$/.exec(part) ?? [];
      if (suffix) expect(inTemplate).to.include(`\${AWS::StackName}${suffix}`);
      else expect(Object.keys(TEMPLATE.Resources)).to.include(part);
    }
    const tables = Object.keys(TEMPLATE.Resources).filter((name) => name.endsWith('Table'));
    for (const table of tables)
      expect(partsIn('README.md')).to.include(`stream-processor-${table.replace(/Table$/, '')}`);
  });
});
