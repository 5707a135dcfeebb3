import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import type { Command } from '../../cli/command.ts';
import { emptyFolder } from '../support/empty-folder.ts';
import { call, type Finished } from '../support/run.ts';

const { scripts }: { scripts: Record<string, string> } = JSON.parse(
  readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
);

/** The commands with options, by the name of their script. */
const COMMANDS = Object.entries(scripts).flatMap(([name, script]) => {
  const [, path] = /^node .*cli\/run\.cjs ((?!test\/)\S+)$/.exec(script) ?? [];
  return path === undefined ? [] : [{ name, path }];
});

describe('the help of a command', () => {
  for (const { name, path } of COMMANDS)
    it(`is named by a wrong call, has each option, no other, and examples that are called rightly: ${name}`, async () => {
      const { default: command }: { default: Command } = await import(`../../${path}`);
      const called = (...argv: string[]): Promise<Finished> => call(command, argv).finished;
      const { code, stdout, stderr } = await called('--no-such-option');
      expect({ code, stdout }).to.deep.equal({ code: 2, stdout: '' });
      const npm = name === 'start' ? 'npm start' : `npm run ${name}`;
      const [, options = ''] =
        new RegExp(`^error: Unknown option '--no-such-option'; the options are (.*)\nSee ${npm} -- --help\n$`).exec(
          stderr,
        ) ?? [];
      const { stdout: help } = await called('--help');
      // That of npm is no option of the command.
      expect([...new Set(help.match(/(?<!\S|npm run )--[a-z][a-z\d-]*/g))]).to.have.members(options.split(', '));
      // An option that there is not is named before those behind it.
      for (const [, example = ''] of help.matchAll(/^ {2}npm (?:start|run \w+) -- ([^[\n]+?)(?: {2}.*)?$/gm))
        expect((await called(...example.split(' '), '--no-such-option')).stderr).to.contain(
          "Unknown option '--no-such-option'",
        );
    });

  const logs = emptyFolder();

  it('says how another program gets nothing but --json or --csv, where that is not the last line only', async () => {
    const helps = await Promise.all(
      COMMANDS.map(async ({ name, path }) => {
        const { default: command }: { default: Command } = await import(`../../${path}`);
        return { name, help: (await call(command, ['--help']).finished).stdout };
      }),
    );
    const written = helps.filter(({ help }) => /^ {2}--(json|csv) {2}/m.test(help));
    expect(written).to.have.length.above(6);
    for (const { name, help } of written)
      expect(help).to.match(new RegExp(`the last line of standard output|npm run --silent ${name} -- `));
    const args = ['run', '--silent', 'plan', '--', '--rate', '1', '--size', '1', '--json'];
    // npm keeps a log of each call.
    const env = { ...process.env, npm_config_logs_dir: logs };
    const printed = execFileSync('npm', args, { cwd: new URL('../..', import.meta.url), env, encoding: 'utf8' });
    expect(JSON.parse(printed)).to.include.keys('workload', 'choices');
  });
});
