import { expect } from 'chai';
import stringWidth from 'string-width';
import { clipped, textTable } from '../../cli/text-table.ts';
import { segmentedBy } from '../support/segmented.ts';

describe('clipped', () => {
  it('leaves a short text as it is, on one line', () => {
    expect(clipped('a\n b', 5)).to.equal('a b');
  });

  it('puts a text into quotes of which nothing would be seen', () => {
    for (const blank of [' ', '\t\n', '\u200b', '\u3164 ']) expect(clipped(blank, 14)).to.match(/^"[^"]+"$/);
    expect(clipped('', 14)).to.equal('');
  });

  it('fills the columns with a text that is too long for them, and cuts none that fits', () => {
    for (const [fits, long] of [
      ['abcd', 'abcde'],
      ['äbcd', 'äbcde'],
    ]) {
      expect(clipped(fits!, 4)).to.equal(fits);
      expect(clipped(long!, 4)).to.equal(`${long!.slice(0, 3)}…`);
    }
    for (const text of ['ab', 'äb']) expect(clipped(text, 0)).to.equal('…');
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

describe('a text in a table that is written from right to left', () => {
  for (const [script, text] of [
    ['Hebrew', 'שלום'],
    ['Arabic', 'سلام'],
    ['Thaana', 'ދިވެހި'],
    ["N'Ko", 'ߒߞߏ'],
    ['Adlam', '𞤀𞤣𞤤𞤢𞤥'],
    ['a form of Arabic for print', 'ﷺ'],
  ] as const)
    it(`turns nothing next to it: ${script}`, () => {
      expect(textTable([{ name: '' }, { name: '' }], [[text, '1']])).to.deep.equal([`\u2068${text}\u2069  1`]);
    });

  it('is the only one with signs around it', () => {
    for (const text of ['Zoë', '名前', '🦊', 'Ελλάδα', 'ไทย', 'हिन्दी'])
      expect(textTable([{ name: '' }], [[text]])).to.deep.equal([text]);
  });
});

describe('a row that is printed by itself', () => {
  const columns = [
    { name: 'A', columns: 6, isFixed: true },
    { name: 'B', columns: 4, isFixed: true },
  ];

  it('has columns as wide as those of the rows before and after it', () => {
    expect(textTable(columns, [['a', 'b']])).to.deep.equal(['A       B', '──────  ────', 'a       b']);
    expect(textTable(columns, [['letters', 'four']]).at(-1)).to.equal('lette…  four');
  });

  // A table of a hundred thousand rows took a minute and a half with that, and takes seconds without.
  it('is not taken apart into characters where all of them are narrow', async () => {
    const unnamed = columns.map((column) => ({ ...column, name: '' }));
    const row = ['many letters', 'and more'];
    expect(await segmentedBy(() => textTable(unnamed, [row]))).to.deep.equal([]);
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
