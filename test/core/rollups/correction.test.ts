import { expect } from 'chai';
import { CORRECTION, correctionOf, lowers } from '../../../core/rollups/correction.ts';
import { decimal } from '../../../core/rollups/decimal.ts';
import { type Part, padded, type Totals, totalsOf } from '../../../core/rollups/part.ts';

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

describe('a correction', () => {
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
