import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { parse } from 'yaml';
import { CLOUDFORMATION_TAGS } from '../local/template/cloudformation-tags.ts';

const read = (path: string): string => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');
const README = read('README.md');

/** What the commands of a block say, as a user's shell runs them. Some of them fail on purpose. */
const shell = (commands: string): string => {
  const options = { shell: true, cwd: fileURLToPath(new URL('../', import.meta.url)), encoding: 'utf8' } as const;
  const { stdout, stderr } = spawnSync(commands.trim().replaceAll('\n', '; '), options);
  return stdout + stderr;
};

/** The cells of the tables under a heading. */
const tableUnder = (heading: string): string[][] => {
  const [, section = ''] = README.split(`\n${heading}\n`);
  const rows = section
    .split(/\n## /)[0]!
    .split('\n')
    .filter((line) => line.startsWith('|'));
  return rows.slice(2).map((row) =>
    row
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim()),
  );
};
const codeIn = (cell: string): string[] => [...cell.matchAll(/`([^`]+)`/g)].map(([, code]) => code!);

describe('the README', () => {
  it('gives every parameter of the template with its default', () => {
    const { Parameters } = parse(read('template.yaml'), { customTags: CLOUDFORMATION_TAGS });
    const expected = Object.entries<{ Default: unknown }>(Parameters).map(([name, { Default }]) => [
      name,
      String(Default),
    ]);
    const found = tableUnder('## Parameters').map(([name = '', byDefault = '']) => [
      codeIn(name)[0],
      codeIn(byDefault)[0],
    ]);
    expect(found).to.deep.equal(expected);
  });

  it('gives every option of the client, as its help does', () => {
    const inHelp = [...read('client/help.ts').matchAll(/^ {2}(--[a-z-]+)/gm)].map(([, option]) => option!);
    const inTable = tableUnder('## The client').flatMap(([option = '']) => codeIn(option));
    expect(inTable).to.have.members(inHelp);
  });

  it('gives every variable of .env.example, and .env.example every variable of the README', () => {
    const inExample = [...read('.env.example').matchAll(/^([A-Z_0-9]+)=/gm)].map(([, name]) => name!);
    const inTable = tableUnder('## The client').flatMap(([, variable = '']) => codeIn(variable));
    expect(inTable).to.have.members(inExample);
  });

  it('links to nothing that is not there', () => {
    for (const page of [
      'README.md',
      'docs/architecture.md',
      'docs/operations.md',
      'docs/cost-and-scale.md',
      'docs/performance.md',
    ])
      for (const [, path] of read(page).matchAll(/\]\(((?!https?:|#)[^)#]+)/g))
        expect(
          () => statSync(new URL(path!, new URL(`../${page}`, import.meta.url))),
          `${page}: ${path}`,
        ).not.to.throw();
  });

  it('breaks it on purpose with commands that do what it says', async () => {
    const [, tour = ''] = README.split('\n## Break it on purpose\n');
    const blocks = [...tour.split('\n## ')[0]!.matchAll(/```(bash|text)\n([\s\S]*?)```/g)];
    let seen = '';
    for (const [, kind, block = ''] of blocks)
      if (kind === 'bash') seen = shell(block);
      // Times differ from run to run, and nothing else does.
      else for (const line of block.split('\n')) expect(seen).to.contain(line.trimEnd());
  }).timeout(60_000);

  after(() => rmSync(new URL('../spool-tour.ndjson', import.meta.url), { force: true }));
});

describe('docs/operations.md', () => {
  const tests = readdirSync(new URL('.', import.meta.url), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.test.ts'))
    .map((file) => read(`test/${file}`))
    .join('\n');

  it('names a test for every row, and each of them exists', () => {
    const rows = read('docs/operations.md')
      .split('\n')
      .filter((line) => line.startsWith('| '));
    for (const row of rows.slice(1)) {
      const name = row.split('|').at(-2)!.trim();
      expect(tests, row).to.contain(`'${name}'`);
    }
    expect(rows.length).to.be.above(10);
  });
});
