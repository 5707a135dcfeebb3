import { expect } from 'chai';
import { ExactNumber } from '../../core/exact-number.ts';
import { type JsonValue, kindOf, parsedJson, scalarText } from '../../core/json.ts';

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

describe('the value of a text in JSON', () => {
  it('is what the text says', () => {
    expect(parsedJson('{"a":[1,null]}')).to.deep.equal({ a: [1, null] });
    expect(parsedJson('null')).to.equal(null);
  });

  for (const text of ['', '{', 'a', '{"a":1} b'])
    it(`is not there for ${JSON.stringify(text)}`, () => {
      expect(parsedJson(text)).to.equal(undefined);
    });
});

describe('the kind of a value, in a message that may not quote it', () => {
  it('says what it is and never what is in it', () => {
    const values = ['secret', 's', '', undefined, null, [1], { a: 1 }, 1, true];
    expect(values.map(kindOf)).to.deep.equal([
      'a text of 6 characters',
      'a text of 1 character',
      'an empty text',
      'nothing',
      'null',
      'an array',
      'an object',
      'a number',
      'a boolean',
    ]);
  });

  it('tells a number with all of its digits from one that JavaScript has: a processor that expects that one refuses it', () => {
    expect(kindOf(12.5)).to.equal('a number');
    expect(kindOf(new ExactNumber('12345678901234567890'))).to.equal('a number with more digits than a double keeps');
  });

  it('tells numbers that are none from those that are, as where text was taken for a number', () => {
    expect([Number('x'), 1 / 0, -1 / 0].map(kindOf)).to.deep.equal(['NaN', 'Infinity', '-Infinity']);
  });
});
