import { expect } from 'chai';
import fc from 'fast-check';
import { mayHoldExactNumbers, parseExactJson } from '../../core/exact-json.ts';
import { ExactNumber } from '../../core/exact-number.ts';

describe('mayHoldExactNumbers', () => {
  const cases: Record<'sees' | 'does not see', [what: string, text: string][]> = {
    sees: [
      ['a number that no double gives back', '{"id":1731824474044529123}'],
      ['one that is negative', '{"id":-1731824474044529123}'],
      ['one with a fraction', '{"n":0.12345678901234567890}'],
      ['one behind white space', '{"n":\n\t1731824474044529123}'],
      ['one in an array', '{"n":[1731824474044529123,1]}'],
      ['one behind others', '{"n":[434.99999999999994,1731824474044529123]}'],
      ['one that is too large', '{"n":1e400}'],
      ['one that is too small', '{"n":1.5E-0400}'],
      ['one that DynamoDB does not hold', '{"n":1e200}'],
      ['one of ten million digits', `{"n":${'9'.repeat(10_000_000)}}`],
    ],
    'does not see': [
      ['an id that is a text', '{"id":"1731824474044529123"}'],
      ['ids in an array', '{"ids":["1731824474044529123", "1731824474044529124"]}'],
      ['a fraction that a double gives back', '{"lat":434.99999999999994,"x":-0.30000000000000004}'],
      ['a whole number that a double gives back', '{"n":9007199254740992}'],
      ['a short number', '{"n":123456789012345}'],
      ['a time in a text', '{"at":"2026-11-20T12:00:00.123456789Z"}'],
      ['the digits of a hash', '{"hash":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"}'],
    ],
  };
  for (const [verdict, texts] of Object.entries(cases))
    for (const [what, text] of texts)
      it(`${verdict} ${what}`, () => {
        expect(mayHoldExactNumbers(text)).to.equal(verdict === 'sees');
      });

  it('sees every number that JSON.parse would change', () => {
    const number = fc.stringMatching(
      /^-?(0|[1-9][0-9]{0,22}|10{30,60})(\.(0{30,60})?[0-9]{1,22})?([eE][+-]?(0{30,60})?[0-9]{1,3})?$/,
    );
    fc.assert(
      fc.property(fc.jsonValue(), number, fc.nat(2), (value, text, indent) => {
        const json = JSON.stringify({ before: value, n: 'here', after: value }, undefined, indent).replace(
          '"here"',
          () => text,
        );
        if (!mayHoldExactNumbers(json)) expect(parseExactJson(json)).to.deep.equal(JSON.parse(json));
      }),
      { numRuns: 600 },
    );
  });
});

describe('parseExactJson', () => {
  it('reads every text as JSON.parse does', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: fc.constantFrom('"', '\\', 'n', 'é', '🦊', '\n', '1', ',') })),
        (texts) => {
          const json = JSON.stringify(texts);
          expect(parseExactJson(json)).to.deep.equal(texts);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('keeps the digits next to texts with escapes', () => {
    expect(parseExactJson('{"a\\"b":12345678901234567890,"c":"\\\\","d":[true,false,null]}')).to.deep.equal({
      'a"b': new ExactNumber('12345678901234567890'),
      c: '\\',
      d: [true, false, null],
    });
  });
});
