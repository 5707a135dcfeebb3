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
  });
});
