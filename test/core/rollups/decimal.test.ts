import { expect } from 'chai';
import fc from 'fast-check';
import { exactNumber } from '../../../core/exact-number.ts';
import { add, compare, decimal, decimalText, isDecimal, negated, ZERO } from '../../../core/rollups/decimal.ts';

describe('exact decimals', () => {
  const CASES: [value: number | string, text: string][] = [
    [0, '0'],
    ['-0.00', '0'],
    [12.5, '12.5'],
    [-0.001, '-0.001'],
    [1e21, `1${'0'.repeat(21)}`],
    [1.5e-7, '0.00000015'],
    [Number.MIN_VALUE, `0.${'0'.repeat(323)}5`],
    ['0012.340', '12.34'],
    ['300', '300'],
  ];
  for (const [value, text] of CASES)
    it(`reads ${JSON.stringify(value)} as ${text.slice(0, 30)}`, () => {
      expect(decimalText(decimal(value))).to.equal(text);
    });

  // Digits behind a point that are no digits would move the point, and nothing at all would be 0.
  for (const text of [
    '',
    ' ',
    '12.30 ',
    ' 1',
    '1e',
    '0x1F',
    '1.2.3',
    '12.',
    '.5',
    '+5',
    '1,5',
    '1_0',
    '-',
    '１',
    '1e9999',
  ])
    it(`takes ${JSON.stringify(text)} for no number`, () => {
      expect(isDecimal(text)).to.equal(false);
      expect(() => decimal(text)).to.throw(RangeError, 'expected digits such as 12.5');
    });

  it('takes for a number what a rollup may have as a value, and reads it', () => {
    for (const value of [0.1, '-12.50', exactNumber('12345678901234567890')])
      expect(isDecimal(value) && decimalText(decimal(value))).to.equal(String(value).replace('.50', '.5'));
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, '1'.repeat(65), null, undefined, [1], true])
      expect(isDecimal(value), String(value)).to.equal(false);
  });

  it('has one zero', () => {
    expect(decimalText(decimal(-0))).to.equal('0');
  });

  it('reads numbers that no double holds', () => {
    const text = '12345678901234567890123456789.012345678';
    expect(decimalText(decimal(exactNumber(text)))).to.equal(text);
    expect(decimalText(decimal(exactNumber('-1.5E-99')))).to.equal(`-0.${'0'.repeat(98)}15`);
  });

  it('adds without drifting, in any order', () => {
    const tenths = Array.from({ length: 1_000 }, () => decimal(0.1));
    expect(decimalText(tenths.reduce(add, ZERO))).to.equal('100');
    const numbers = fc.array(fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.integer()));
    fc.assert(
      fc.property(numbers, (values) => {
        const all = values.map(decimal);
        expect(decimalText(all.reduce(add, ZERO))).to.equal(decimalText([...all].reverse().reduce(add, ZERO)));
        const gone = all.reduce((sum, value) => add(sum, negated(value)), all.reduce(add, ZERO));
        expect(decimalText(gone)).to.equal('0');
      }),
    );
  });

  it('is ordered as its numbers are, and gives their digits back', () => {
    const finite = fc.double({ noNaN: true, noDefaultInfinity: true });
    fc.assert(
      fc.property(finite, finite, (a, b) => {
        expect(compare(decimal(a), decimal(b))).to.equal(a < b ? -1 : a > b ? 1 : 0);
        expect(Number(decimalText(decimal(a)))).to.equal(a + 0);
      }),
    );
  });
});
