import { expect } from 'chai';
import fc from 'fast-check';
import { fromItem, fromWire, toItem, toWire } from '../../aws/wire-value.ts';
import { exactNumber } from '../../core/exact-number.ts';
import { InvalidEventError } from '../../core/invalid-event.ts';
import type { JsonValue } from '../../core/json.ts';

describe('values as DynamoDB has them', () => {
  it('come back as they went, with every digit and every name', () => {
    // DynamoDB has no negative zero, and a double beyond its range never gets there.
    const values = fc.jsonValue().map((value) => JSON.parse(JSON.stringify(value, zeroes)) as JsonValue);
    fc.assert(
      fc.property(values, (value) => {
        expect(fromWire(toWire(value))).to.deep.equal(value);
      }),
    );
    const exact = exactNumber('12345678901234567890.12345678901234567');
    expect(fromWire(toWire([exact, { __proto: exact }]))).to.deep.equal([exact, { __proto: exact }]);
    expect(fromItem(toItem({ bytes: Uint8Array.of(1, 255) })).bytes).to.deep.equal(Buffer.from([1, 255]));
    const own = JSON.parse('{"__proto__":1}') as JsonValue;
    expect(Object.keys(fromWire(toWire(own)) as object)).to.deep.equal(['__proto__']);
  });

  for (const value of [{ SS: ['a'] }, {}])
    it(`are refused of the type ${JSON.stringify(value)}`, () => {
      expect(() => fromWire(value as never)).to.throw(InvalidEventError, 'an attribute has the type');
    });
});

const zeroes = (_name: string, value: unknown): unknown =>
  typeof value === 'number' && (value === 0 || Math.abs(value) < 1e-130 || Math.abs(value) > 1e125) ? 0 : value;
