import { expect } from 'chai';
import { CORRECTION, correctionOf, isRight, lowers } from '../../../core/rollups/correction.ts';
import { decimal, decimalText } from '../../../core/rollups/decimal.ts';
import { combined, type Part, padded, type Totals, totalsOf } from '../../../core/rollups/part.ts';

/** So many rows, of which some have a number. */
const rows = (count: number, withNumber = 0): Totals =>
  totalsOf(
    Array.from({ length: count }, (_, index) => ({
      sequence: padded(String(index)),
      sign: 1 as const,
      at: '2026-11-20T12:34:00.000Z',
      values: index < withNumber ? [['amount', decimal(2)] as const] : [],
    })),
  );

/** A part that counts some rows, and what a rebuild made of it. */
const part = (now: Totals, anew: Totals): Part => {
  const through = padded('1');
  return { ...now, through, rebuilt: { ...anew, id: 'r', through } };
};

const correcting = (now: Totals, anew: Totals): Part => correctionOf([['shardId-1', part(now, anew)]], 'r');

/** One row with these numbers. */
const row = (numbers: Record<string, number>, at = '2026-11-20T12:34:00.000Z'): Totals =>
  totalsOf([
    {
      sequence: padded('1'),
      sign: 1,
      at,
      values: Object.entries(numbers).map(([name, value]) => [name, decimal(value)] as const),
    },
  ]);

describe('a correction', () => {
  it('makes a group what a rebuild made of it: its rows, and each number that was or is there', () => {
    const now = combined(row({ amount: 5, gone: 7 }), row({ amount: 6 }));
    const anew = row({ amount: 4, tax: 1 }, '2026-11-20T12:59:00.000Z');
    const correction = correcting(now, anew);
    expect(correction).to.include({ count: -1, through: padded('') });
    const { count, values } = combined(now, correction);
    const shown = [...values].map(([name, figures]) => [name, figures.count, decimalText(figures.sum)]);
    expect([count, shown]).to.deep.equal([
      1,
      [
        ['amount', 1, '4'],
        ['gone', 0, '0'],
        ['tax', 1, '1'],
      ],
    ]);
    const { min, max, last } = correction.values.get('amount')!;
    expect({ min, max, last }).to.deep.equal({
      min: decimal(4),
      max: decimal(4),
      last: { value: decimal(4), at: '2026-11-20T12:59:00.000Z', sequence: padded('1') },
    });
  });

  it('is of its own rebuild', () => {
    expect(correctionOf([['shardId-1', part(rows(3), rows(2))]], 'another').count).to.equal(-3);
  });

  it('is needed where a reader would see more or less, or does not see the least, greatest or last of the rows', () => {
    const isNeeded = (now: Totals, anew: Totals): boolean => !isRight([['shardId-1', part(now, anew)]], 'r');
    expect(isNeeded(rows(3, 2), rows(3, 1))).to.equal(true);
    expect(isNeeded(rows(3, 2), rows(2, 2))).to.equal(true);
    expect(isNeeded(row({ amount: 5 }), row({ amount: 6 }))).to.equal(true);
    const both = (one: number, other: number, at?: string): Totals =>
      combined(row({ amount: one }), row({ amount: other }, at));
    expect(isNeeded(both(3, 4), both(2, 5)), 'the least and the greatest').to.equal(true);
    expect(isNeeded(both(3, 4), both(3, 4, '2026-11-20T12:59:00.000Z')), 'the last').to.equal(true);
    expect(isNeeded(both(2, 5), both(3, 4)), 'of rows that are gone').to.equal(false);
    expect(isNeeded(rows(3, 2), rows(3, 2))).to.equal(false);
  });

  it('is not needed again where an earlier one makes the group right, and is where it does not', () => {
    const before = correcting(rows(3, 1), rows(7, 4));
    const isNeeded = (now: Totals, anew: Totals): boolean =>
      !isRight(
        [
          ['shardId-1', part(now, anew)],
          [CORRECTION, before],
        ],
        'r',
      );
    expect(isNeeded(rows(3, 1), rows(7, 4))).to.equal(false);
    expect(isNeeded(rows(4, 1), rows(8, 4)), 'after another change').to.equal(false);
    expect(isNeeded(rows(3, 1), rows(3, 1)), 'right without it').to.equal(true);
  });

  it('lowers a group where it takes rows, or rows that have a number, out of it', () => {
    expect(lowers(correcting(rows(3), rows(2)))).to.equal(true);
    expect(lowers(correcting(rows(3, 2), rows(3, 1)))).to.equal(true);
    expect(lowers(correcting(rows(3, 2), rows(4, 1)))).to.equal(true);
    expect(lowers(correcting(rows(3, 1), rows(3)))).to.equal(true);
  });

  it('does not where it adds to it, or changes nothing', () => {
    expect(lowers(correcting(rows(2), rows(3)))).to.equal(false);
    expect(lowers(correcting(rows(3, 1), rows(3, 2)))).to.equal(false);
    expect(lowers(correcting(rows(3, 1), rows(3, 1)))).to.equal(false);
  });

  it('is compared with the correction that it replaces, since a reader sees that too', () => {
    const before = correcting(rows(3, 1), rows(7, 4));
    const others: [string, Part][] = [['shardId-1', part(rows(3, 1), rows(6, 4))]];
    const next = correctionOf([...others, [CORRECTION, before]], 'r');
    expect(next.count).to.equal(3);
    expect(lowers(next)).to.equal(false);
    expect(lowers(next, before)).to.equal(true);
    expect(lowers(before, before)).to.equal(false);
    expect(lowers(correctionOf([['shardId-1', part(rows(3), rows(7))]], 'r'), before), 'a number is gone').to.equal(
      true,
    );
  });
});
