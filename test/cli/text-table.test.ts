import { expect } from 'chai';
import stringWidth from 'string-width';
import { clipped, textTable } from '../../cli/text-table.ts';

describe('clipped', () => {
  it('leaves a short text as it is, on one line', () => {
    expect(clipped('a\n b', 5)).to.equal('a b');
  });

  it('puts a text into quotes of which nothing would be seen', () => {
    for (const blank of [' ', '\t\n', '\u200b', '\u3164 ']) expect(clipped(blank, 14)).to.match(/^"[^"]+"$/);
    expect(clipped('', 14)).to.equal('');
  });

  it('counts two columns for CJK and emoji, and never cuts one in the middle', () => {
    expect(clipped('名前名前', 6)).to.equal('名前…');
    expect(clipped('👩‍👩‍👧‍👦👩‍👩‍👧‍👦👩‍👩‍👧‍👦', 5)).to.equal('👩‍👩‍👧‍👦👩‍👩‍👧‍👦…');
  });

  it('cuts a text of which little is seen, and a character with more marks than people write', () => {
    const unseen = clipped(`a${'\u200b'.repeat(100_000)}b`, 20);
    expect(unseen).to.match(/^a\u200b+…$/);
    expect(unseen).to.have.length.below(1_000);
    expect(clipped(`ae${'\u0301'.repeat(1_000)}`, 20)).to.equal('a…');
    const longest = '👩🏽‍❤️‍💋‍👩🏽'.repeat(5);
    expect(clipped(longest, 10)).to.equal(longest);
  });
});

describe('textTable', () => {
  it('aligns its columns whatever the script', () => {
    const rows = [
      ['名前 🦊', 'one'],
      ['Zoë', 'two'],
      ['שלום', 'three'],
    ];
    const lines = textTable(
      [
        { name: 'A', columns: 20 },
        { name: 'B', columns: 20 },
      ],
      rows,
    );
    const starts = lines.map((line) =>
      stringWidth(line.replace(/[\u2068\u2069]/g, '').replace(/(B|─+|one|two|three)$/, '')),
    );
    expect(new Set(starts).size).to.equal(1);
  });
});

describe('a table without headings', () => {
  it('shows control characters of strangers as escapes, as wide as they are then', () => {
    const columns = [{ name: '' }, { name: '' }];
    const rows = [
      ['a\u001b[2J', 'x'],
      ['\u202e名前', 'y'],
    ];
    expect(textTable(columns, rows)).to.deep.equal(['a\\u001b[2J  x', '\\u202e名前  y']);
  });
});
