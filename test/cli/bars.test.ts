import { expect } from 'chai';
import stringWidth from 'string-width';
import { bars } from '../../cli/bars.ts';

describe('bars', () => {
  it('are as long as their values are next to the largest, which reaches the end of the line', () => {
    const rows = [
      { label: '/home', value: 1_600 },
      { label: '/a', value: 800 },
    ];
    expect(bars(rows, 30)).to.deep.equal(['/home  1,600  ████████████████', '/a       800  ████████']);
  });

  it('show parts of a column, and a value that is small', () => {
    const rows = [1_000, 31, 1, 0, -5].map((value) => ({ label: 'x', value, shown: 'n' }));
    expect(bars(rows, 14)).to.deep.equal(['x  n  ████████', 'x  n  ▎', 'x  n  ▏', 'x  n', 'x  n']);
  });

  it('begin in one column whatever the script of the labels, and no line is too long', () => {
    const labels = [
      '東京',
      'a',
      '👩‍👩‍👧‍👦',
      'שלום',
      'a label that takes much more than its share of the line',
      '\u001b[2J',
    ];
    const lines = bars(
      labels.map((label, index) => ({ label, value: index + 1 })),
      40,
    );
    const shown = lines.map((line) => line.replace(/[\u2068\u2069]/g, ''));
    expect(new Set(shown.map((line) => stringWidth(line.replace(/[█-▏]+$/, '')))).size).to.equal(1);
    expect(Math.max(...shown.map((line) => stringWidth(line)))).to.equal(40);
    expect(shown.join()).to.contain('…').and.not.to.contain('\u001b');
  });

  it('have a note in a column of its own, where any has one', () => {
    const rows = [
      { label: 'a', value: 12, note: 'Σ ms 1,000' },
      { label: 'b', value: 6 },
    ];
    expect(bars(rows, 26)).to.deep.equal(['a  12  Σ ms 1,000  ███████', 'b   6              ███▌']);
  });

  it('are none where there is nothing to show', () => {
    expect(bars([], 80)).to.deep.equal([]);
    expect(bars([{ label: 'a', value: 0 }], 80)).to.deep.equal(['a  0']);
  });
});
