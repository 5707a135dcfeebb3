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

describe('a number on the live page', () => {
  it('stands before the word of one thing, or of several', async () => {
    const { count } = await import(dom.href);
    expect([0, 1, 2, 1_234, 1_200_000, undefined].map((value) => count(value, 'row'))).to.deep.equal([
      '0 rows',
      '1 row',
      '2 rows',
      '1,234 rows',
      '1.2M rows',
      '– rows',
    ]);
  });

  it('of a duration or a rate changes to the next unit where it is rounded to that', async () => {
    const { duration, perSecond } = await import(dom.href);
    const shown = [999.6, 9_960, 59_000, 119_600, 119 * 60_000, 120 * 60_000, 9_000 * 60_000].map(duration);
    expect(shown).to.deep.equal(['1.0 s', '10 s', '59 s', '2 min', '119 min', '2 h', '150 h']);
    expect([0, 0.44, 9.94, 9.96, 12.5].map(perSecond)).to.deep.equal(['0', '0.4', '9.9', '10', '13']);
  });
});
