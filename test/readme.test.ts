import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { findSettings, readClientFlags } from '../client/settings.ts';
import { REASONS } from '../core/invalid-event.ts';
import { SHAPES } from '../core/shapes/index.ts';
import { parseTemplate } from '../local/template/template.ts';
import { call } from './support/run.ts';

const read = (path: string): string => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');
const README = read('README.md');

/** The cells of the tables of a page, under a heading or in all of it. */
const tableIn = (page: string, heading = ''): string[][] => {
  const section = heading === '' ? read(page) : (read(page).split(`\n${heading}\n`)[1] ?? '');
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

/** The commands in the blocks of a page, a line each. */
const commandsIn = (page: string): string[] =>
  [...read(page).matchAll(/```bash\n([\s\S]*?)```/g)].flatMap(([, block]) => block!.trim().split('\n'));

const PAGES = ['README.md', 'CONTRIBUTING.md', 'SECURITY.md', 'CHANGELOG.md'].concat(
  readdirSync(new URL('../docs', import.meta.url))
    .filter((file) => file.endsWith('.md'))
    .map((file) => `docs/${file}`),
);

describe('docs/security.md', () => {
  it('names each service in which a deployment makes something', () => {
    const { Resources } = parseTemplate(read('template.yaml')) as { Resources: Record<string, { Type: string }> };
    const services = Object.values(Resources).map(({ Type }) => Type.split('::')[1]!);
    const [, sentence = ''] = /\n(Who deploys [^\n]+\n[^\n]+)/.exec(read('docs/security.md')) ?? [];
    // The transform makes functions of Lambda of them.
    for (const service of new Set(services)) expect(sentence).to.contain(service.replace('Serverless', 'Lambda'));
  });
});

describe('docs/client.md', () => {
  const TABLE = tableIn('docs/client.md', '## Options and variables');

  it('gives every option of the client, as its help does', () => {
    const inHelp = [...read('client/help.ts').matchAll(/^ {2}(--[a-z-]+)/gm)].map(([, option]) => option!);
    expect(TABLE.flatMap(([option = '']) => codeIn(option))).to.have.members(inHelp);
  });

  it('gives every variable of .env.example, and .env.example every variable of the page', () => {
    const inExample = [...read('.env.example').matchAll(/^([A-Z_0-9]+)=/gm)].map(([, name]) => name!);
    expect(TABLE.flatMap(([, variable = '']) => codeIn(variable))).to.have.members(inExample);
  });
});

describe('docs/architecture.md', () => {
  it('has a row for every shape', () => {
    expect(tableIn('docs/architecture.md', '## A row of EventData')).to.have.lengthOf(SHAPES.length);
  });

  it('names every reason for which an event is rejected', () => {
    const [, reasons = ''] = tableIn('docs/architecture.md', '## A row of RejectedEvents').find(
      ([attribute]) => attribute === 'Reason',
    )!;
    expect(codeIn(reasons).toSorted()).to.deep.equal(REASONS.toSorted());
  });
});

describe('the pages', () => {
  it('link to nothing that is not there', () => {
    for (const page of PAGES)
      for (const [, path] of read(page).matchAll(/\]\(((?!https?:|#)[^)#]+)/g))
        expect(
          () => statSync(new URL(path!, new URL(`../${page}`, import.meta.url))),
          `${page}: ${path}`,
        ).not.to.throw();
  });

  it('link to headings that are there', () => {
    const anchorsOf = (page: string): string[] =>
      [...read(page).matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
        heading!
          .toLowerCase()
          .replace(/[^\p{L}\p{N} _-]/gu, '')
          .replaceAll(' ', '-'),
      );
    for (const page of PAGES)
      for (const [, path, anchor] of read(page).matchAll(/\]\(((?!https?:)[^)#]*)#([^)]+)\)/g)) {
        const target = path === '' ? page : join(dirname(page), path!);
        expect(anchorsOf(target), `${page}: ${path}#${anchor}`).to.include(anchor);
      }
  });

  // What is bold ends at ** only where a space or a punctuation mark follows, if it ends with one: Japanese has no spaces.
  // https://spec.commonmark.org/0.31.2/#right-flanking-delimiter-run
  it('end what is bold where GitHub sees its end', () => {
    const bold = PAGES.flatMap((page) => read(page).match(/\*\*[^*\n]+\*\*.?/gu) ?? []);
    expect(bold).to.have.length.above(50);
    expect(bold.filter((text) => /[\p{P}\p{S}]\*\*[^\p{P}\p{S}\s]$/u.test(text))).to.deep.equal([]);
  });

  it('have nothing in a block behind a command that asks a person or runs until Ctrl-C, which would take what is pasted', () => {
    const behind = PAGES.flatMap((page) =>
      [...read(page).matchAll(/```bash\n([\s\S]*?)```/g)].flatMap(([, block]) =>
        block!
          .trim()
          .split('\n')
          .slice(0, -1)
          .map((line) => `${page}: ${line}`),
      ),
    );
    expect(behind.filter((line) => /npm run (local|watch)\b|--guided|sam delete/.test(line))).to.deep.equal([]);
  });

  it('have no comment behind a command, which zsh, the shell of macOS, takes for words of it where a person types', () => {
    expect(PAGES.flatMap(commandsIn).filter((line) => /(^|\s)#/.test(line))).to.deep.equal([]);
  });

  it('name no script of npm that is not there', () => {
    const { scripts } = JSON.parse(read('package.json'));
    for (const page of PAGES)
      for (const [command, name] of read(page).matchAll(/npm run (?:--silent )?([\w:]+)/g))
        expect(Object.keys(scripts), `${page}: ${command}`).to.include(name);
  });

  it('call each command with options that it has', async () => {
    const { scripts } = JSON.parse(read('package.json'));
    // The changelog names options, not calls.
    const calls = PAGES.filter((page) => page !== 'CHANGELOG.md').flatMap((page) => [
      ...read(page).matchAll(/npm (?:start|run (\w+)) -- (?!--help)((?:'[^']*'|"[^"]*"|[^'"`|>#(\n])+)/g),
    ]);
    expect(calls).to.have.length.above(50);
    for (const [line, script = 'start', options = ''] of new Map(calls.map((each) => [each[0], each])).values()) {
      const { default: command } = await import(`../${scripts[script].split(' ').at(-1)}`);
      const words = options.match(/'[^']*'|"[^"]*"|\S+/g) ?? [];
      // An option that there is not is named before those behind it.
      const { stderr } = await call(command, [...words, '--no-such-option']).finished;
      expect(stderr, line).to.contain("Unknown option '--no-such-option'");
    }
  });

  it('say in each call where the stack is, without which a command ends', () => {
    const lines = PAGES.flatMap(
      (page) => read(page).match(/^.*npm run (client|query|rollups|redrive|watch) -- .*$/gm) ?? [],
    );
    const calls = lines.filter((line) => /^(\$ )?(npm|nohup|printf) /.test(line) && !/--help/.test(line));
    expect(calls).to.have.length.above(40);
    for (const line of calls) expect(line).to.match(/ --(stack|local|stream|table)\b/);
  });

  it('name no file of tests, and no test of one, that is not there, and give mocha no flag that it drops', () => {
    const calls = PAGES.flatMap((page) => [
      ...read(page).matchAll(/npx mocha [^`\n]*?(test\/\S+\.ts)(?: --grep '([^']+)')?/g),
    ]);
    expect(calls).to.have.length.above(2);
    for (const [call, file, name = ''] of calls) {
      expect(read(file!), call).to.contain(name);
      // Mocha drops a flag of Node next to the node-option of .mocharc.json, and takes it as `-n inspect-brk`.
      expect(call).not.to.contain('--inspect');
      // Without parallel processes it would find its own watchers left behind by the tests.
      expect(call).not.to.match(/--watch.*--parallel=false/);
    }
    // Else --watch waits for changes of JavaScript.
    expect(JSON.parse(read('.mocharc.json')).extension).to.deep.equal(['ts']);
  });
});

describe('the README', () => {
  it('is finished by a newcomer: it has at most 200 lines', () => {
    expect(README.trimEnd().split('\n').length).to.be.at.most(200);
  });

  it('has a row for every folder', () => {
    const folders = readdirSync(new URL('../', import.meta.url), { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.') && entry.name !== 'node_modules')
      .map(({ name }) => `${name}/`);
    const rows = tableIn('README.md', '## Find your way').flatMap(([folder = '']) => codeIn(folder));
    expect(rows).to.have.members(folders);
    expect(folders).to.have.length.at.most(12);
  });
});

describe('the doctor of the pages', () => {
  it('looks at what the next command sends, not at X, for which most have no keys', () => {
    const calls = PAGES.flatMap(commandsIn).flatMap(
      (command) => /npm run client -- doctor (.*)/.exec(command)?.[1] ?? [],
    );
    expect(calls).to.have.length.above(2);
    for (const call of calls) {
      const { problems } = findSettings(
        readClientFlags(call.split(' '), {}),
        { env: {} },
        { stream: 's', region: 'r-1', clientCredentials: 'Outputs' },
      );
      expect(problems, call).to.deep.equal([]);
    }
  });
});

describe('the order of the tests', () => {
  const globs = (text: string): string[] => [...text.matchAll(/"(test\/[^"]{1,100})"/g)].map(([, glob]) => glob!);

  it('is the same for npm and for the gate, and starts no file twice: mocha runs a file for each pattern that finds it', () => {
    const { scripts } = JSON.parse(read('package.json'));
    const own = globs(scripts.mocha);
    expect(globs(read('.ci/run'))).to.include.members(own);
    const [top, first = '', rest] = own;
    const folders = /\{(.+)\}/.exec(first)?.[1]?.split(',') ?? [];
    expect(folders).to.have.length.above(1);
    expect([top, rest]).to.deep.equal(['test/*.test.ts', `test/!(${folders.join('|')}|whole)/**/*.test.ts`]);
    expect(globs(scripts['test:whole'])).to.deep.equal(['test/whole/*.test.ts']);
  });
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

describe('the gate', () => {
  /** https://tiswww.case.edu/php/chet/bash/CHANGES */
  const NEWER =
    /\b(BASHPID|EPOCHSECONDS|SRANDOM|mapfile|readarray|coproc|wait -n|(declare|local|typeset) -[Agn])\b|\$\{\w+[\^,@]|&>>|\|&/g;

  it('asks for no newer bash than macOS has, 3.2', () => {
    expect(read('.ci/run').match(NEWER)).to.equal(null);
    expect('declare -A all; echo $BASHPID |& cat'.match(NEWER)).to.deep.equal(['declare -A', 'BASHPID', '|&']);
  });

  it('may only read where CI runs it, with actions that nobody can change under their names', () => {
    const workflow = read('.github/workflows/ci.yml');
    const actions = [...workflow.matchAll(/ uses: (.*)/g)].map(([, action]) => action!);
    expect(actions).to.have.length.above(1);
    for (const action of actions) expect(action).to.match(/^actions\/[\w-]+@[\da-f]{40} # v\d+\.\d+\.\d+$/);
    expect(workflow.match(/^ *permissions:\n( *\S+: \w+\n)*/gm)).to.deep.equal(['permissions:\n  contents: read\n']);
  });
});
