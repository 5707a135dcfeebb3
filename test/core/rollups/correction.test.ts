import { expect } from 'chai';
import { CORRECTION, correctionOf, type Left } from '../../../core/rollups/correction.ts';
import { decimal, decimalText } from '../../../core/rollups/decimal.ts';
import { combined, mergeBoth, type Part, padded, type Totals, totalsOf } from '../../../core/rollups/part.ts';

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

/** What corrects a group of one part, where it may be lowered. */
const correcting = (now: Totals, anew: Totals, ...earlier: Part[]): Part => {
  const correction = correctionOf(partsOf(now, anew, earlier), 'r', true);
  if (typeof correction === 'string') throw new Error(`the group stays as it is: it is ${correction}`);
  return correction;
};

/** Why a group of one part stays as it is, where it may not be lowered. */
const leftOf = (now: Totals, anew: Totals, ...earlier: Part[]): Left | undefined => {
  const correction = correctionOf(partsOf(now, anew, earlier), 'r', false);
  return typeof correction === 'string' ? correction : undefined;
};

const partsOf = (now: Totals, anew: Totals, earlier: readonly Part[]): [string, Part][] => [
  ['shardId-1', part(now, anew)],
  ...earlier.map((correction): [string, Part] => [CORRECTION, correction]),
];

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
    expect(correctionOf([['shardId-1', part(rows(3), rows(2))]], 'another', true)).to.include({ count: -3 });
  });

  it('is needed where a reader would see more or less, or does not see the least, greatest or last of the rows', () => {
    const isNeeded = (now: Totals, anew: Totals): boolean => leftOf(now, anew) !== 'right';
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
    const earlier = correcting(rows(3, 1), rows(7, 4));
    expect(leftOf(rows(3, 1), rows(7, 4), earlier)).to.equal('right');
    expect(leftOf(rows(4, 1), rows(8, 4), earlier), 'after another change').to.equal('right');
    expect(leftOf(rows(3, 1), rows(3, 1), earlier), 'right without it').to.equal('higher');
    expect(correcting(rows(3, 1), rows(3, 1), earlier)).to.include({ count: 0 });
  });

  it('lowers no group where it may not: rows, or rows that have a number', () => {
    expect(leftOf(rows(3), rows(2))).to.equal('higher');
    expect(leftOf(rows(3, 2), rows(3, 1))).to.equal('higher');
    expect(leftOf(rows(3, 2), rows(4, 1))).to.equal('higher');
    expect(leftOf(rows(3, 1), rows(3)), 'a number is gone').to.equal('higher');
    expect(leftOf(rows(2), rows(3))).to.equal(undefined);
    expect(leftOf(rows(3, 1), rows(3, 2))).to.equal(undefined);
  });

  it('is compared with the correction that it replaces, since a reader sees that too', () => {
    const earlier = correcting(rows(3, 1), rows(7, 4));
    expect(leftOf(rows(3, 1), rows(6, 4))).to.equal(undefined);
    expect(leftOf(rows(3, 1), rows(6, 4), earlier)).to.equal('higher');
    expect(correcting(rows(3, 1), rows(6, 4), earlier)).to.include({ count: 3 });
    expect(leftOf(rows(3), rows(7), earlier), 'a number is gone').to.equal('higher');
  });

  it('is not made where a part had no room for what the rebuild makes of it', () => {
    const { part: marked } = mergeBoth(undefined, [], { id: 'r', entries: undefined });
    expect(correctionOf([['shardId-1', marked!]], 'r', true)).to.equal('tooLarge');
    expect(correctionOf([['shardId-1', marked!]], 'another', true)).to.equal('right');
  });
});
