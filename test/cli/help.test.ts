import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import type { Command } from '../../cli/command.ts';
import { call } from '../support/run.ts';

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
    it(`has each option of it, no other, and examples that are called rightly: ${name}`, async () => {
      const { default: command }: { default: Command } = await import(`../../${path}`);
      const printedBy = async (...argv: string[]): Promise<string> => {
        const { stdout, stderr } = await call(command, argv).finished;
        return stdout + stderr;
      };
      const [, options = ''] = /the options are (.*)/.exec(await printedBy('--no-such-option')) ?? [];
      const help = await printedBy('--help');
      expect([...new Set(help.match(/(?<!\S)--[a-z][a-z\d-]*/g))]).to.have.members(options.split(', '));
      // An option that there is not is named before those behind it.
      for (const [, example = ''] of help.matchAll(/^ {2}npm (?:start|run \w+) -- ([^[\n]+?)(?: {2}.*)?$/gm))
        expect(await printedBy(...example.split(' '), '--no-such-option')).to.contain(
          "Unknown option '--no-such-option'",
        );
    });
});
