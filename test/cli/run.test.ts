import { spawn, spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { expect } from 'chai';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

describe('a command of the project', () => {
  let folder: string;
  let cache: string;
  const write = (file: string, code: string): void => writeFileSync(join(folder, file), code);

  beforeEach(() => {
    // A path may hold whatever code, patterns and URLs give a meaning to.
    folder = realpathSync(mkdtempSync(join(tmpdir(), "run-test it's $& ü ")));
    cache = join(folder, 'node_modules', '.cache');
    for (const file of ['node-version.cjs', 'ready.cjs', 'run.cjs', 'compiled.mjs'])
      cpSync(join(ROOT, 'cli', file), join(folder, 'cli', file));
    cpSync(join(ROOT, 'package.json'), join(folder, 'package.json'));
    mkdirSync(join(folder, 'node_modules'));
    symlinkSync(
      realpathSync(join(ROOT, 'node_modules', 'esbuild')),
      join(folder, 'node_modules', 'esbuild'),
      'junction',
    );
    write('word.ts', "export const word: string = 'hello';");
    write('command.ts', "import { word } from './word.ts';\nconsole.log(word, process.argv.slice(2).join());");
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const run = (...args: string[]) => runWith([], ...args);
  /** @param options those of Node */
  const runWith = async (options: string[], ...args: string[]) => {
    // From the current folder, which is not that of the project.
    const env = { ...process.env, TMPDIR: basename(folder) };
    const child = spawn(process.execPath, [...options, join(folder, 'cli', 'run.cjs'), 'command.ts', ...args], {
      cwd: dirname(folder),
      env,
    });
    const closed = new Promise<number>((resolve) => child.on('close', resolve));
    const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), closed]);
    return { code, stdout, stderr };
  };
  /** As a command compiles itself, without a process. */
  const compile = async (file = 'command.ts'): Promise<string> => {
    const { compiled } = await import(pathToFileURL(join(folder, 'cli', 'compiled.mjs')).href);
    const [bundle] = await compiled({ entryPoints: [join(folder, file)], format: 'esm' });
    return bundle;
  };
  const bundles = (): string[] => readdirSync(join(cache, 'compiled')).filter((name) => !name.endsWith('.json'));

  it('is compiled once, runs from any folder, and gets its arguments', async () => {
    for (const argument of ['first', 'second'])
      expect(await run(argument, '--json')).to.deep.equal({
        code: 0,
        stdout: `hello ${argument},--json\n`,
        stderr: '',
      });
    expect(bundles()).to.have.length(1);
  });

  it('is compiled where a link leads to its folder, as /tmp does on macOS', async () => {
    symlinkSync(folder, join(folder, 'link'), 'junction');
    expect(readFileSync(await compile('link/command.ts'), 'utf8')).to.contain('hello');
  });

  it('is compiled again when a file that it imports has changed, and not when another one has', async () => {
    const first = await compile();
    write('other.ts', 'export {};');
    expect(await compile()).to.equal(first);
    expect(bundles()).to.have.length(1);
    write('word.ts', "export const word: string = 'adieu';");
    expect(readFileSync(await compile(), 'utf8')).to.contain('adieu');
    expect(bundles()).to.have.length(2);
  });

  it('is compiled again where a file of its bundle is gone or lost its content, as in a power failure', async () => {
    write('command.ts', "await import('./word.ts');\nconsole.log('hello');");
    const whole = { code: 0, stdout: 'hello\n', stderr: '' };
    for (const [damage, name] of [[truncateSync, 'command.mjs'] as const, [rmSync, 'word'] as const]) {
      expect(await run()).to.deep.equal(whole);
      for (const bundle of bundles().map((each) => join(cache, 'compiled', each)))
        damage(join(bundle, readdirSync(bundle).find((file) => file.startsWith(name))!));
      expect(await run(), name).to.deep.equal(whole);
    }
  });

  it('keeps what a process still runs from, and removes what nobody has used for a day', async () => {
    const ages = (bundle: string): void => utimesSync(dirname(bundle), 0, 0);
    const { setInterval } = globalThis;
    const marks: (() => void)[] = [];
    globalThis.setInterval = ((mark: () => void) => ({ unref: () => marks.push(mark) })) as never;
    try {
      const first = await compile();
      ages(first);
      marks[0]!();
      write('word.ts', "export const word: string = 'second';");
      const second = await compile();
      expect(existsSync(first)).to.equal(true);
      for (const bundle of [first, second]) ages(bundle);
      marks[1]!();
      write('word.ts', "export const word: string = 'third';");
      await compile();
      expect([first, second].map((bundle) => existsSync(bundle))).to.deep.equal([false, true]);
    } finally {
      globalThis.setInterval = setInterval;
    }
  });

  it('can be started twice at once before it was compiled', async () => {
    const both = await Promise.all([run('a'), run('b')]);
    expect(both.map(({ stdout }) => stdout)).to.deep.equal(['hello a\n', 'hello b\n']);
  });

  it('runs where nothing can be written into node_modules, and leaves nothing behind', async () => {
    // A file where a folder would be made refuses every user, the administrator too.
    writeFileSync(cache, '');
    const before = readdirSync(folder);
    expect(await run('a')).to.deep.equal({ code: 0, stdout: 'hello a\n', stderr: '' });
    expect(readdirSync(folder)).to.deep.equal(before);
  });

  it('says in one line what to do where nothing can be written at all, as in a container', async () => {
    writeFileSync(cache, '');
    const options = ['--import', 'data:text/javascript,process.env.TMPDIR="/dev/null"'];
    const stderr =
      'error: neither node_modules nor the folder for temporary files "/dev/null" can be written (ENOTDIR); expected one that can: set TMPDIR\n';
    expect(await runWith(options)).to.deep.equal({ code: 1, stdout: '', stderr });
  });

  it('runs where node_modules is on a full disk, and leaves nothing behind', async () => {
    // No file takes the place of a folder.
    const full = `import fs from 'node:fs';
      const { mkdirSync } = fs;
      fs.mkdirSync = (path, options) => {
        mkdirSync(path, options);
        if (path.includes('.cache')) mkdirSync(path + '/command.mjs');
      };`;
    const before = readdirSync(folder);
    const options = ['--import', `data:text/javascript,${encodeURIComponent(full)}`];
    expect(await runWith(options, 'a')).to.deep.equal({ code: 0, stdout: 'hello a\n', stderr: '' });
    expect(readdirSync(folder)).to.deep.equal(before);
    expect(readdirSync(join(cache, 'compiled'))).to.deep.equal([]);
  });

  it('knows the places of its files, and finds packages from them', async () => {
    write('word.ts', "export { compiled } from './cli/compiled.mjs';");
    write(
      'command.ts',
      "import { compiled } from './word.ts';\nconst { version } = await import('esbuild');\nconsole.log(import.meta.url, typeof version, typeof compiled);",
    );
    expect(await run()).to.deep.equal({
      code: 0,
      stdout: `${pathToFileURL(join(folder, 'command.ts'))} string function\n`,
      stderr: '',
    });
  });

  it('names the line of the source where it throws while it is loaded, and prints none of its bundle', async () => {
    write(
      'word.ts',
      "interface Unused {\n  a: 1;\n}\n\nexport const word: Unused | string = 'hello';\nthrow new Error(word);",
    );
    const { code, stderr } = await run();
    expect(code).to.equal(1);
    expect(stderr)
      .to.match(/^Error: hello\n/)
      .and.to.contain(`${join(folder, 'word.ts')}:6`);
  });

  it('says in one line what to do where no packages are installed', async () => {
    rmSync(join(folder, 'node_modules'), { recursive: true });
    const stderr = 'error: the packages of the project are not all installed; run npm ci first\n';
    expect(await run()).to.deep.equal({ code: 1, stdout: '', stderr });
    // npm test begins with programs of packages.
    const { scripts } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    const [first] = scripts.test.split(' && ');
    const { status, stderr: said } = spawnSync(first, { shell: true, cwd: folder, encoding: 'utf8' });
    expect({ status, said }).to.deep.equal({ status: 1, said: stderr });
  });

  it('has all packages from npm ci where NODE_ENV is production, and without those for development what a command needs', () => {
    for (const file of ['.npmrc', 'package-lock.json']) cpSync(join(ROOT, file), join(folder, file));
    const env = { ...process.env, NODE_ENV: 'production', npm_config_logs_max: '0' };
    const installed = (...flags: string[]): string =>
      spawnSync('npm', ['ls', 'esbuild', 'typescript', '--package-lock-only', '--depth=0', ...flags], {
        cwd: folder,
        env,
        encoding: 'utf8',
      }).stdout;
    expect(installed()).to.contain('esbuild@').and.to.contain('typescript@');
    expect(installed('--omit=dev', '--include=prod')).to.contain('esbuild@').and.not.to.contain('typescript@');
  });

  it('says what to do where a package is not installed that its code has begun to need', async () => {
    write('word.ts', "export { word } from 'a-new-package';");
    const stderr = 'error: word.ts:1:22: Could not resolve "a-new-package"; run npm ci first\n';
    expect(await run()).to.deep.equal({ code: 1, stdout: '', stderr });
  });

  it('says in one line what to do where the packages are those of another machine', async () => {
    // The compiler takes its program for this machine from a package beside it, and finds none.
    const packages = join(folder, 'node_modules');
    const installed = realpathSync(join(packages, 'esbuild'));
    rmSync(join(packages, 'esbuild'));
    for (const file of ['package.json', 'lib/main.js']) cpSync(join(installed, file), join(packages, 'esbuild', file));
    const { code, stdout, stderr } = await run();
    expect({ code, stdout }).to.deep.equal({ code: 1, stdout: '' });
    expect(stderr).to.match(
      /^error: the compiler among the packages cannot run on this machine \(.*esbuild.*\); run npm ci on it first\n$/,
    );
  });

  it('says in one line where its code cannot be compiled, and why', async () => {
    write('word.ts', 'export const word: = 1;');
    expect(await run()).to.deep.equal({ code: 1, stdout: '', stderr: 'error: word.ts:1:20: Unexpected "="\n' });
  });
});
