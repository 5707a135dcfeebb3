import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { EXIT } from '../../cli/exit-code.ts';
import type { UsageError } from '../../cli/usage-error.ts';
import { HELP, MEANINGS } from '../../client/help.ts';
import { readClientFlags } from '../../client/settings.ts';
import { SOURCES } from '../../client/sources/source-settings.ts';
import { START_HELP } from '../../local/start-options.ts';

const read = (page: string): string => readFileSync(new URL(`../../docs/${page}.md`, import.meta.url), 'utf8');
const PAGE = read('client');
const ARCHITECTURE = read('architecture');

/** Every option there is, as the message about one that there is not names them. */
const OPTIONS = ((): string[] => {
  try {
    readClientFlags(['--no-such-option']);
  } catch (error) {
    return (error as UsageError).message.replace(/.*the options are /, '').split(', ');
  }
  throw new Error('expected a UsageError');
})();

describe('the help of the client', () => {
  it('names every source, as docs/client.md and docs/architecture.md do', () => {
    const places: [place: string, text: string, names: (source: string) => RegExp][] = [
      ['client/help.ts', HELP, (source) => new RegExp(`^ +(--source NAME +)?${source} {2,}\\w`, 'm')],
      ['docs/client.md', PAGE, (source) => new RegExp(`^\\| \`--source\` .*\`${source}\``, 'm')],
      ['docs/architecture.md', ARCHITECTURE, (source) => new RegExp(`^\\| \`${source}\` \\|`, 'm')],
    ];
    for (const [place, text, names] of places)
      expect(
        SOURCES.filter((source) => !names(source).test(text)),
        `${place} leaves out`,
      ).to.deep.equal([]);
  });

  it('gives every exit code with its meaning, as docs/client.md does', () => {
    expect(Object.values(EXIT)).to.deep.equal([0, 1, 2, 3, 4, 5]);
    for (const [name, meaning] of Object.entries(MEANINGS)) {
      const code = EXIT[name as keyof typeof EXIT];
      expect(HELP).to.contain(`\n  ${code}  ${meaning}\n`);
      expect(PAGE).to.match(new RegExp(`^\\| ${code} \\| ${meaning} \\|`, 'm'));
    }
  });

  it('fits 100 columns, as that of npm start does', () => {
    for (const line of [...HELP.split('\n'), ...START_HELP.split('\n')]) expect(line.length, line).to.be.at.most(100);
  });

  it('has no option that docs/client.md does not have', () => {
    for (const option of OPTIONS.filter((name) => name !== '--help')) expect(PAGE).to.contain(`| \`${option}\` |`);
  });
});
