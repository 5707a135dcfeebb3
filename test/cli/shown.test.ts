import { expect } from 'chai';
import { printableLines, shownPath, withoutUser } from '../../cli/shown.ts';

describe('what a message shows', () => {
  it('is where a relative path was looked for', () => {
    expect(shownPath('events.ndjson')).to.equal(`"events.ndjson" (${process.cwd()}/events.ndjson)`);
    expect(shownPath('/tmp/events.ndjson')).to.equal('"/tmp/events.ndjson"');
  });

  it('is text without control characters, line by line', () => {
    expect(printableLines('a\u001b[31m\u009b\u202eb\nc')).to.equal('a\\u001b[31m\\u009b\\u202eb\nc');
  });

  it('is a URL without its user and password', () => {
    expect(withoutUser('http://user:hunter2@127.0.0.1:1')).to.equal('http://…@127.0.0.1:1');
    expect(withoutUser('http://127.0.0.1:1/a//b')).to.equal('http://127.0.0.1:1/a//b');
  });

  it('has no password either where the URL has no scheme or does not parse', () => {
    for (const value of ['user:hunter2@p:1', 'user:hunter2#ss@p:1', 'user:hunter2//ss@p:1', 'user:hunter2@ss\n@p:1'])
      expect(withoutUser(value)).to.equal('…@p:1');
    expect(withoutUser('socks5://user:hunter2/ss@p:1')).to.equal('socks5://…@p:1');
  });
});
