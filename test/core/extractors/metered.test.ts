import { expect } from 'chai';
import { meteredAmount, meterUnit } from '../../../core/extractors/metered.ts';
import type { JsonValue } from '../../../core/json.ts';
import { rejectionOf } from '../../support/decode.ts';

const OBJECT = { toString: 1, valueOf: 1 };

describe('what a meter counts', () => {
  const SAME: [amount: JsonValue, unit: string, expected: number, inUnit: string][] = [
    [1_500, 'Wh', 1.5, 'kWh'],
    ['0.42', ' KWH ', 0.42, 'kWh'],
    [2, 'MWh', 2_000, 'kWh'],
    [2, 'mwh', 2_000, 'kWh'],
    [48_213, 'mWh', 0.048213, 'kWh'],
    [3.6, 'MJ', 1, 'kWh'],
    [3.6, 'mj', 1, 'kWh'],
    [3_600_000_000, 'mJ', 1, 'kWh'],
    [0.0036, 'GJ', 1, 'kWh'],
    [250, 'L', 0.25, 'm³'],
    [1, 'm3', 1, 'm³'],
    [2, 'M³', 2, 'm³'],
    [3, '㎥', 3, 'm³'],
    [250, 'ℓ', 0.25, 'm³'],
    [4, '㎾h', 4, 'kWh'],
    [100, 'ft3', 2.831685, 'm³'],
    [100, 'ft³', 2.831685, 'm³'],
    // What is left where counters are subtracted in doubles.
    [5e-14, 'kWh', 0, 'kWh'],
    [0.000012000000000000002, 'kWh', 0.000012, 'kWh'],
  ];
  for (const [amount, name, expected, inUnit] of SAME)
    it(`is ${expected} ${inUnit} where it tells ${JSON.stringify(amount)} ${name}`, () => {
      const { unit, factor } = meterUnit('unit', name);
      expect([meteredAmount('used', amount, factor), unit]).to.deep.equal([expected, inUnit]);
    });

  it('is nothing where the field is absent or null', () => {
    for (const absent of [undefined, null]) expect(meteredAmount('used', absent, 1)).to.equal(null);
  });

  const REFUSED: [found: JsonValue | undefined, message: string][] = [
    [-1, 'used is a number; expected a number from 0 to 9999999999'],
    ['1,5', 'used is a text of 3 characters; expected a number from 0 to 9999999999'],
    [[5], 'used is an array; expected a number from 0 to 9999999999'],
    [true, 'used is a boolean; expected a number from 0 to 9999999999'],
    [OBJECT, 'used is an object; expected a number from 0 to 9999999999'],
  ];
  for (const [found, message] of REFUSED)
    it(`is refused where it is ${JSON.stringify(found)}`, () => {
      expect(rejectionOf(() => meteredAmount('used', found, 1))).to.include({ reason: 'Refused', message });
    });

  for (const found of [undefined, null, '', 'kW', 'toString', 7, OBJECT])
    it(`is refused where its unit is ${JSON.stringify(found)}`, () => {
      expect(rejectionOf(() => meterUnit('unit', found))).to.include({ reason: 'Refused' });
    });
});
