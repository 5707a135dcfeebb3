import { expect } from 'chai';

const dom = new URL('../../../local/watch/page/dom.js', import.meta.url);

describe('a name on the live page', () => {
  it('is in quotes where nothing of it would be seen', async () => {
    const { visible } = await import(dom.href);
    expect([' ', '\u200b', '\u3164', 'Zoë', '名前 '].map(visible)).to.deep.equal([
      '" "',
      '"\u200b"',
      '"\u3164"',
      'Zoë',
      '名前 ',
    ]);
  });
});
