import { expect } from 'chai';
import fc from 'fast-check';
import { EventBytes } from '../../core/event-bytes.ts';
import { ExactNumber } from '../../core/exact-number.ts';
import { InvalidEventError, type Reason } from '../../core/invalid-event.ts';
import { ITEM_BYTES } from '../../core/limits.ts';
import { anyObject } from '../../core/shapes/any-object.ts';
import { cloudEvent as cloudEventShape } from '../../core/shapes/cloud-event.ts';
import type { Shape } from '../../core/shapes/shape.ts';
import { anyText } from '../support/any-text.ts';
import { ARRIVAL, decode, decodeEvent, rejected, rejectionOf } from '../support/decode.ts';
import { bytes, cloudEvent, tweetV1 } from '../support/events.ts';

const nested = (levels: number): unknown => (levels === 0 ? 'x' : { a: nested(levels - 1) });

describe('decoding an event', () => {
  describe('rejects', () => {
    const cases: [name: string, value: unknown, reason: Reason, message: RegExp][] = [
      ['nothing at all', '', 'NotJson', /ends too early/],
      ['JSON that was cut off', '{"id_str":"1"', 'NotJson', /not JSON/],
      ['a text that is not JSON', 'yolo', 'NotJson', /unexpected character/],
      ['a number that JSON does not know', '{"a":NaN}', 'NotJson', /holds NaN/],
      ['a list', '[1]', 'NotObject', /^an array; expected a JSON object$/],
      ['null', 'null', 'NotObject', /^null; expected/],
      ['a number', '42', 'NotObject', /^a number; expected/],
      ['a text', '"hunter2"', 'NotObject', /^a text of 7 characters; expected/],
      [
        'bytes that are not UTF-8',
        Buffer.from([0x7b, 0xff, 0x7d]),
        'NotUtf8',
        /^3 bytes that are not UTF-8; expected JSON: its sender may be set to protobuf/,
      ],
      ['UTF-16', Buffer.from('\ufeff{"a":1}', 'utf16le'), 'NotUtf8', /that are not UTF-8; expected JSON/],
      ['data nested deeper than DynamoDB goes', cloudEvent({ data: nested(33) }), 'TooDeep', /32 levels/],
      ['attributes nested deeper than DynamoDB goes', cloudEvent({ more: nested(33) }), 'TooDeep', /32 levels/],
      ['any object nested deeper than DynamoDB goes', nested(33), 'TooDeep', /32 levels/],
    ];
    for (const [name, value, reason, message] of cases)
      it(name, () => {
        const error = rejected(value);
        expect(error.reason).to.equal(reason);
        expect(error.message).to.match(message);
      });

    const NO_NUMBER = 'it holds NaN or Infinity, which JSON does not have; expected null or a number';
    const wheres: [json: string, where: string][] = [
      ['{"a":', 'the text ends too early'],
      ['{"a', 'the text ends too early'],
      ['{"a":"b', 'the text ends too early'],
      ['', 'the text ends too early'],
      ['{"a":1,}', 'unexpected character at position 7'],
      ['{"a":[1.x]}', 'unexpected character at position 8'],
      ['{"a":1} 2', 'unexpected character at position 8'],
      ['{"a":"\n"}', 'unexpected character at position 6'],
      ['x at position 41111', 'unexpected character'],
      ['x at position 41111 (line 1 column 2)', 'unexpected character'],
      ['x at position 41111\n', 'unexpected character'],
      ['"x" Unterminated', 'unexpected character at position 4'],
      ['Unterminated', 'unexpected character'],
      ['Unexpected end of JSON input', 'unexpected character'],
      ['undefined', 'unexpected character'],
      ['[object Object]', 'unexpected character'],
      ['{"a":1,"b": NaN}', NO_NUMBER],
      ['{"a":[1,-Infinity]}', NO_NUMBER],
      ['{"a":"x: NaN","b":1,}', 'unexpected character at position 20'],
      ['{"a":"x: NaN', 'the text ends too early'],
      ['[INFO] x', 'unexpected character'],
    ];
    for (const [json, where] of wheres)
      it(`${JSON.stringify(json)} with the place that V8 names, and none that the text names`, () => {
        expect(rejected(json).message).to.equal(`not JSON: ${where}`);
      });

    for (const levels of [40, 900, 10_000, 200_000])
      it(`${levels} levels as TooDeep, whatever numbers are next to them`, () => {
        const deep = `{"a":${'['.repeat(levels)}${']'.repeat(levels)}}`;
        expect(rejected(deep).reason).to.equal('TooDeep');
        expect(rejected(deep.replace('{', '{"n":12345678901234567890,')).reason).to.equal('TooDeep');
        expect(rejected(deep.replace('}', ',"n":12345678901234567890}')).reason).to.equal('TooDeep');
      });

    for (const [what, value] of Object.entries({
      'empty objects': '{}',
      'empty arrays': '[]',
      numbers: '1',
      texts: '"a,b"',
      'other values': '{"a":[null]}',
    }))
      it(`more ${what} than an item has room for as TooLarge, before they are made`, () => {
        const { reason, message } = rejected(`{"n":[${`${value},`.repeat(ITEM_BYTES)}0]}`);
        expect({ reason, message }).to.deep.equal({
          reason: 'TooLarge',
          message: 'the JSON holds more than 409600 values; DynamoDB holds no more',
        });
      });

    it('without a word of the payload in its message', () => {
      const secret = 'alice@example.com';
      const fields = ['specversion', 'id', 'source', 'type', 'time', 'data_base64', 'subject'];
      const values = [
        `{"${secret}":"${secret}",}`,
        JSON.stringify(secret),
        ...fields.map((field) => JSON.stringify(cloudEvent({ data: undefined, [field]: [secret] }))),
        ...fields.map((field) => JSON.stringify(cloudEvent({ data: undefined, [field]: secret, time: secret }))),
        JSON.stringify(tweetV1({ created_at: secret })),
        JSON.stringify({ [secret]: nested(40) }),
      ];
      for (const value of values) {
        let error: unknown;
        try {
          decode(value);
        } catch (found) {
          error = found;
        }
        for (let one = error; one instanceof Error; one = one.cause) expect(one.message).not.to.include(secret);
      }
    });
  });

  it('takes a large event with many values, and commas in its texts are not values', () => {
    const text = 'a,b[{'.repeat(ITEM_BYTES);
    expect(decode(`{"n":[${'1,'.repeat(100_000)}0],"text":"${text}"}`)).to.have.nested.property('Data.text', text);
  });

  it('takes only the shapes that it is given', () => {
    const only = (value: unknown) => decodeEvent(bytes(value), ARRIVAL, [cloudEventShape]);
    expect(only(cloudEvent()).Type).to.equal('example.reading');
    expect(rejectionOf(() => only({ hello: 'world' }))).to.include({
      reason: 'UnknownShape',
      message: 'an object of another shape; expected a CloudEvent (specversion)',
    });
  });

  const BAD: [what: string, shape: object, message: string][] = [
    [
      'throws while it maps',
      {
        toRow: () => {
          throw new TypeError('cannot read "secret of a customer"');
        },
      },
      'the shape of mine threw TypeError',
    ],
    [
      'throws while it matches',
      {
        matches: () => {
          throw 'secret of a customer';
        },
      },
      'matches of a shape threw something that is not an error',
    ],
    ['maps to nothing', { toRow: () => undefined }, 'it made nothing; expected a row'],
    ['maps to what is not a row', { toRow: () => 7 }, 'it made a number; expected a row'],
    ['is async', { toRow: async () => ({}) }, 'the shape of mine made a promise'],
    ['matches only later', { matches: async () => false }, 'matches of a shape made a promise'],
    [
      'maps to a row without a type',
      { toRow: () => ({ Username: 'u', Id: '1' }) },
      'it made a row whose Type is nothing; expected a text',
    ],
  ];
  for (const [what, parts, message] of BAD)
    it(`rejects an event as ProcessorFailed where a shape ${what}, without the payload`, () => {
      const shape: Shape = { ...anyObject, name: 'mine', ...parts };
      const rejection = rejectionOf(() => decodeEvent(bytes({ a: 'secret of a customer' }), ARRIVAL, [shape]));
      expect(rejection.reason).to.equal('ProcessorFailed');
      expect(rejection.message).to.contain(message).and.not.to.contain('secret');
    });

  it('gives a shape every digit of the numbers, also where its row has texts only', () => {
    const toRow: Shape['toRow'] = ({ id }) => ({
      Username: 'u',
      Id: `${id}`,
      Timestamp: ARRIVAL.at.toISOString(),
      Type: 't',
    });
    expect(decodeEvent(bytes('{"id":12345678901234567890}'), ARRIVAL, [{ ...anyObject, toRow }]).Id).to.equal(
      '12345678901234567890',
    );
  });

  it('keeps the reason of a shape that refuses an event', () => {
    const toRow = () => {
      throw new InvalidEventError('Refused', 'no amount');
    };
    expect(rejectionOf(() => decodeEvent(bytes({}), ARRIVAL, [{ ...anyObject, toRow }]))).to.include({
      reason: 'Refused',
      message: 'no amount',
    });
  });

  it('puts U+FFFD in the place of half a surrogate pair, in names, texts and keys, and leaves the JSON as it is', () => {
    const event = new EventBytes(bytes('{"id":"\\ud800","a\\udc00":[{"b":"\\ud83d"}],"n":12345678901234567890}'));
    expect(decodeEvent(event, ARRIVAL)).to.deep.include({
      Id: '\ufffd',
      Data: { id: '\ufffd', 'a\ufffd': [{ b: '\ufffd' }], n: new ExactNumber('12345678901234567890') },
    });
    expect(event.object).to.deep.include({ id: '\ud800' });
  });

  it('accepts keys that are just short enough', () => {
    const event = decode(tweetV1({ user: { name: '名'.repeat(682) }, id_str: 'x'.repeat(1024) }));
    expect(Buffer.byteLength(event.Username)).to.equal(2046);
  });

  it('skips a byte order mark', () => {
    expect(decode(Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), bytes(tweetV1())])).Type).to.equal('tweet');
  });

  it('throws nothing but its own error, whatever the bytes', () => {
    const names = ['specversion', 'id', 'source', 'type', 'data', 'data_base64', 'time', 'user', 'id_str', 'text'];
    const more = [
      'includes',
      'detail-type',
      'detail',
      'dynamodb',
      'tableName',
      'eventID',
      'metadata',
      'meta',
      '$schema',
    ];
    const field = fc.oneof(fc.jsonValue(), fc.constantFrom('1.0', '1', 1, '2026-11-20T12:00:00Z', 'aws:dynamodb'));
    const shaped = fc.dictionary(fc.constantFrom(...names, ...more, 'eventSource', 'did', 'kind', 'commit'), field);
    const any = fc.oneof(fc.uint8Array({ maxLength: 64 }), fc.json().map(bytes), shaped.map(bytes));
    fc.assert(
      fc.property(any, (data) => {
        try {
          decode(data);
        } catch (error) {
          expect(error).to.be.instanceOf(InvalidEventError);
        }
      }),
      { numRuns: 600 },
    );
  });

  it('throws nothing but its own error where one field is as large as a record', () => {
    for (const [field, signs] of Object.entries({ data_base64: 'a=', time: 'a9', id: 'a&' }))
      for (const sign of signs)
        expect(rejected(cloudEvent({ data: undefined, [field]: sign.repeat(4_500_001) }))).to.exist;
  });

  it('counts no level for a bracket in a text', () => {
    const data = '["{\\'.repeat(40_000);
    expect(decode(cloudEvent({ data })).Message).to.equal(data);
  });

  it('keeps every text that has a UTF-8', () => {
    const text = anyText({ minLength: 1, maxLength: 100 }).filter((id) => !id.includes(' '));
    fc.assert(
      fc.property(text, text, (id, message) => {
        expect(decode(cloudEvent({ id, data: message }))).to.include({ Id: id, Message: message });
      }),
      { numRuns: 300 },
    );
  });
});
