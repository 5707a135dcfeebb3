import { execFileSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { expect } from 'chai';
import { optionOf, printableLines, quotedPath, shownPath, withoutSecrets } from '../../cli/shown.ts';

describe('what a message shows', () => {
  it('is where a relative path was looked for', () => {
    expect(shownPath('events.ndjson')).to.equal(`"events.ndjson" (${process.cwd()}/events.ndjson)`);
    expect(shownPath('/tmp/events.ndjson')).to.equal('"/tmp/events.ndjson"');
  });

  it('is text without control characters, line by line', () => {
    expect(printableLines('a\u001b[31m\u009b\u202eb\nc')).to.equal('a\\u001b[31m\\u009b\\u202eb\nc');
  });

  it('is a command that a shell and the command itself read as it was meant', () => {
    const words = ['a b', "it's", '$HOME', '`id`', '*', '[::1]', '~', '#', 'a\n\u2028é', '-n', '--', "-'"];
    const command = words.map((word) => `${optionOf('key', word)} ${quotedPath(word)}`).join(' ');
    const read = execFileSync('sh', ['-c', `printf '%s\\0' ${command}`], { encoding: 'utf8' });
    const options = { key: { type: 'string', multiple: true } } as const;
    const { values, positionals } = parseArgs({ args: read.split('\0').slice(0, -1), options, allowPositionals: true });
    expect(values.key).to.deep.equal(words);
    expect(positionals).to.deep.equal(words.map((word) => (word.startsWith('-') ? `./${word}` : word)));
  });

  it('is a URL without its user, its password and its query', () => {
    expect(withoutSecrets('http://user:hunter2@127.0.0.1:1')).to.equal('http://…@127.0.0.1:1');
    expect(withoutSecrets('http://127.0.0.1:1/a//b')).to.equal('http://127.0.0.1:1/a//b');
    expect(withoutSecrets('wss://example.org/subscribe?token=hunter2\n&a')).to.equal('wss://example.org/subscribe?…');
  });

  it('has no password either where the URL has no scheme or does not parse', () => {
    for (const value of ['user:hunter2@p:1', 'user:hunter2#ss@p:1', 'user:hunter2//ss@p:1', 'user:hunter2@ss\n@p:1'])
      expect(withoutSecrets(value)).to.equal('…@p:1');
    expect(withoutSecrets('socks5://user:hunter2/ss@p:1')).to.equal('socks5://…@p:1');
  });
});
