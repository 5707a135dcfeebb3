import { expect } from 'chai';
import { ExactNumber } from '../../core/exact-number.ts';
import { type JsonValue, scalarText } from '../../core/json.ts';

describe('the text of a JSON value', () => {
  const TEXTS: [value: JsonValue, text: string][] = [
    ['', ''],
    ['a', 'a'],
    [0, '0'],
    [1.5, '1.5'],
    [new ExactNumber('12345678901234567890'), '12345678901234567890'],
    [false, 'false'],
  ];
  for (const [value, text] of TEXTS)
    it(`is ${JSON.stringify(text)} for ${JSON.stringify(value)}`, () => {
      expect(scalarText(value)).to.equal(text);
    });

  for (const value of [undefined, null, [], ['a'], {}, { toString: 1, valueOf: 1 }])
    it(`is not there for ${JSON.stringify(value)}`, () => {
      expect(scalarText(value)).to.equal(undefined);
    });
});
