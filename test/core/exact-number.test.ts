import { expect } from 'chai';
import fc from 'fast-check';
import { ExactNumber, exactNumber } from '../../core/exact-number.ts';
import { decode, rejected } from '../support/decode.ts';

const dataOf = (text: string): unknown =>
  decode(`{"specversion":"1.0","id":"1","source":"/pay","type":"t","data":{"amount":${text}}}`).Data;

/** A JSON number as mathematics has it: an integer and a power of ten. Another way than the one under test. */
const mathOf = (text: string): string => {
  const [, sign, whole, fraction = '', exponent = '0'] = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text)!;
  let digits = BigInt(`${whole}${fraction}`);
  let power = Number(exponent) - fraction.length;
  if (digits === 0n) return '0';
  for (; digits % 10n === 0n; digits /= 10n) power += 1;
  return `${sign}${digits}e${power}`;
};

describe('a number', () => {
  const exact: [text: string, stored: string][] = [
    ['1234567890123456.78', '1234567890123456.78'],
    ['12345678901234567890.0', '12345678901234567890'],
    ['0.12345678901234567890123456789', '0.12345678901234567890123456789'],
    ['12345678901234567890123456789012345678', '12345678901234567890123456789012345678'],
    ['9007199254740993.5', '9007199254740993.5'],
    ['9007199254740993e0', '9007199254740993'],
    ['-9007199254740993', '-9007199254740993'],
    ['1731824474044529123', '1731824474044529123'],
    ['3.141592653589793238462643', '3.141592653589793238462643'],
    ['1.234567890123456789e-99', '1.234567890123456789E-99'],
    ['12345678901234567e100', '1.2345678901234567E116'],
    [`1234567890123456789${'0'.repeat(60)}`, '1.234567890123456789E78'],
  ];
  for (const [text, stored] of exact)
    it(`keeps its digits, as ${text} does`, () => {
      expect(dataOf(text)).to.deep.equal({ amount: new ExactNumber(stored) });
    });

  const doubles = ['0', '-0', '1.0', '1E5', '1e21', '0.1', '9007199254740992', '1000000000000000000000', '1.50e100'];
  for (const text of [...doubles, `0.${'0'.repeat(400)}`, `1${'0'.repeat(100)}`, `1e${'0'.repeat(1_000)}5`])
    it(`is a double where that gives it back, as ${text.slice(0, 30)} is`, () => {
      expect(dataOf(text)).to.deep.equal({ amount: Number(text) });
    });

  const beyond = ['123456789012345678901234567890123456789', '1e400', '1e-400', '-1e126', '1e-131', '1e-200'];
  for (const text of [...beyond, `0.${'0'.repeat(130)}1`, '9'.repeat(2_000_000), `1e${'9'.repeat(2_000_000)}`])
    it(`is rejected beyond what DynamoDB holds, as ${text.slice(0, 45)} is`, () => {
      const error = rejected(`{"n":${text}}`);
      expect(error.reason).to.equal('NumberOutOfRange');
      expect(error.message).to.have.length.below(150);
    });

  it('may be as large and as small as DynamoDB holds', () => {
    const most = `${'9'.repeat(38)}e88`;
    expect(String(exactNumber(most))).to.equal(`9.${'9'.repeat(37)}E125`);
    expect(exactNumber('1e-130')).to.equal(1e-130);
  });

  it('is the same value as its text, for every text of up to 38 digits', () => {
    const digits = fc.stringMatching(/^[0-9]{1,19}$/);
    const text = fc
      .tuple(fc.constantFrom('', '-'), digits, fc.option(digits), fc.option(fc.integer({ min: -90, max: 80 })))
      .map(([sign, whole, fraction, exponent]) =>
        [
          sign,
          whole.replace(/^0+(?=\d)/, ''),
          fraction === null ? '' : `.${fraction}`,
          exponent === null ? '' : `e${exponent}`,
        ].join(''),
      );
    fc.assert(
      fc.property(text, (number) => {
        expect(mathOf(String(exactNumber(number)))).to.equal(mathOf(number));
        const { amount } = dataOf(number) as { amount: unknown };
        expect(mathOf(String(amount))).to.equal(mathOf(number));
      }),
      { numRuns: 200 },
    );
  });

  it('changes nothing next to it', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), fc.nat(3), (value, indent) => {
        // JSON has one zero.
        const json = JSON.parse(JSON.stringify(value));
        // A name that no value of fast-check has.
        const text = JSON.stringify({ before: json, 'the number': 1, after: json }, undefined, indent).replace(
          /(?<name>"the number": ?)1/,
          '$<name>12345678901234567890',
        );
        // Out of DynamoDB's range, or nothing that JavaScript keeps.
        if (/e[+-]\d{3}|__proto__/.test(text)) return;
        const { Data } = decode(text);
        expect(Data).to.deep.equal({
          before: json,
          'the number': new ExactNumber('12345678901234567890'),
          after: json,
        });
      }),
      { numRuns: 200 },
    );
  });

  it('shows itself by its digits', () => {
    const number = exactNumber('1731824474044529123');
    expect(`${number}`).to.equal('1731824474044529123');
    expect(JSON.stringify({ number })).to.equal('{"number":"1731824474044529123"}');
  });
});
