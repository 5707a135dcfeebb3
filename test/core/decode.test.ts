import { expect } from 'chai';
import fc from 'fast-check';
import { decodeEvent } from '../../core/decode.ts';
import { InvalidEventError, type Reason } from '../../core/invalid-event.ts';
import { bytes, cloudEvent, tweetV1, tweetV2 } from '../support/events.ts';

const ARRIVED = new Date('2026-11-21T00:00:00.000Z');
const decode = (value: unknown) => decodeEvent(bytes(value), ARRIVED);

const invalid = (data: Buffer): InvalidEventError => {
  try {
    decodeEvent(data, ARRIVED);
  } catch (error) {
    expect(error).to.be.instanceOf(InvalidEventError);
    return error as InvalidEventError;
  }
  throw new Error('expected an InvalidEventError');
};

describe('decodeEvent', () => {
  describe('maps a v1.1 tweet', () => {
    it('to its author, its id, its time in UTC and its text', () => {
      expect(decode(tweetV1())).to.deep.equal({
        Username: '名前 🦊',
        Id: '1991478936813379585',
        Timestamp: '2026-11-20T12:34:56.000Z',
        Type: 'tweet',
        Message: '東京は晴れ ☀️ 👩‍👩‍👧‍👦 yolo',
      });
    });

    const cases: [name: string, fields: object, expected: object][] = [
      [
        'by id_str, since the number has lost its last digits',
        { id: 1, id_str: '505874924095815681' },
        { Id: '505874924095815681' },
      ],
      [
        'with its milliseconds where it has them',
        { timestamp_ms: '1409444955123' },
        { Timestamp: '2014-08-31T00:29:15.123Z' },
      ],
      ['with a time zone', { created_at: 'Fri Nov 20 23:30:00 -0530 2026' }, { Timestamp: '2026-11-21T05:00:00.000Z' }],
      [
        'with the time of its arrival where it names none',
        { created_at: undefined },
        { Timestamp: '2026-11-21T00:00:00.000Z' },
      ],
      ['with full_text before text', { full_text: 'the whole', text: 'the wh…' }, { Message: 'the whole' }],
      [
        'with extended_tweet before all others',
        { truncated: true, text: 'cut…', full_text: 'full', extended_tweet: { full_text: 'extended' } },
        { Message: 'extended' },
      ],
      ['with the three entities of X unescaped', { text: 'a &lt;b&gt; &amp; c' }, { Message: 'a <b> & c' }],
      ['with an entity that was written as text', { text: '&amp;lt; &quot;' }, { Message: '&lt; &quot;' }],
      ['with an empty text', { text: '' }, { Message: '' }],
      ['with half an emoji replaced, since it has no UTF-8', { text: 'cut \ud83d' }, { Message: 'cut \ufffd' }],
      ['by the screen name where the name is empty', { user: { name: '', screen_name: 'anna' } }, { Username: 'anna' }],
    ];
    for (const [name, fields, expected] of cases)
      it(name, () => {
        expect(decode(tweetV1(fields))).to.include(expected);
      });

    it('with an emoji in escapes', () => {
      const data = JSON.stringify(tweetV1({ text: 'X' })).replace('"X"', '"\\ud83d\\ude0b"');
      expect(decodeEvent(Buffer.from(data), ARRIVED).Message).to.equal('😋');
    });
  });

  describe('maps a v2 tweet', () => {
    it('to the name of its author among the included users', () => {
      expect(decode(tweetV2())).to.deep.equal({
        Username: 'Zoë 🦊',
        Id: '1991478936813379586',
        Timestamp: '2026-11-20T12:34:56.000Z',
        Type: 'tweet',
        Message: 'naïve café 🎉',
      });
    });

    const cases: [name: string, data: object, rest: object, expected: object][] = [
      ['by the id of its author where no users are included', {}, { includes: undefined }, { Username: '42' }],
      [
        'by the id of its author where others are included',
        {},
        { includes: { users: [{ id: '7', name: 'x' }] } },
        { Username: '42' },
      ],
      [
        'with the text of its note',
        { note_tweet: { text: 'all of it' }, text: 'all o…' },
        {},
        { Message: 'all of it' },
      ],
      [
        'with the text of its note by its other name',
        { note_post: { text: 'all of it' }, text: 'all o…' },
        {},
        { Message: 'all of it' },
      ],
      [
        'with the text of its note where it has no other',
        { note_post: { text: 'all of it' }, text: undefined },
        {},
        { Message: 'all of it' },
      ],
      [
        'with the time of its arrival where it names none',
        { created_at: undefined },
        {},
        { Timestamp: '2026-11-21T00:00:00.000Z' },
      ],
      ['with the three entities of X unescaped', { text: '1 &lt; 2 &amp;amp;' }, {}, { Message: '1 < 2 &amp;' }],
    ];
    for (const [name, data, rest, expected] of cases)
      it(name, () => {
        expect(decode(tweetV2(data, rest))).to.include(expected);
      });
  });

  describe('maps a CloudEvent', () => {
    it('to its source, its id, its type and its data', () => {
      expect(decode(cloudEvent())).to.deep.equal({
        Username: '/sensors/42',
        Id: 'reading-1',
        Timestamp: '2026-11-20T12:34:56.000Z',
        Type: 'example.reading',
        Data: { celsius: 21.5, where: '台所' },
      });
    });

    const cases: [name: string, fields: object, expected: object][] = [
      ['by its subject where it has one', { subject: 'order-7' }, { Username: 'order-7' }],
      [
        'with the time of its arrival where it names none',
        { time: undefined },
        { Timestamp: '2026-11-21T00:00:00.000Z' },
      ],
      [
        'with a time in another zone',
        { time: '2026-11-20t14:34:56.789+02:00' },
        { Timestamp: '2026-11-20T12:34:56.789Z' },
      ],
      ['with text as its message', { data: 'hello & <goodbye>' }, { Message: 'hello & <goodbye>' }],
      ['that looks like a tweet', { id_str: '1', user: { name: 'x' } }, { Username: '/sensors/42' }],
    ];
    for (const [name, fields, expected] of cases)
      it(name, () => {
        expect(decode(cloudEvent(fields))).to.include(expected);
      });

    it('with the last of two fields of one name, whatever numbers it holds', () => {
      for (const number of ['1', '12345678901234567890']) {
        const text = `{"specversion":"1.0","id":"1","source":"s","type":"t","data":"a","n":${number},"data":"b"}`;
        expect(decodeEvent(Buffer.from(text), new Date(0)).Message).to.equal('b');
      }
    });

    const bodies: [name: string, fields: object, expected: unknown][] = [
      ['a list', { data: [1, 'two', null, true] }, [1, 'two', null, true]],
      ['a number', { data: 0 }, 0],
      ['false', { data: false }, false],
      ['nothing', { data: undefined }, undefined],
      ['half an emoji deep inside', { data: { a: ['\udc00'] } }, { a: ['\ufffd'] }],
    ];
    for (const [name, fields, expected] of bodies)
      it(`with ${name} as its data`, () => {
        expect(decode(cloudEvent(fields)).Data).to.deep.equal(expected);
      });

    it('with bytes as its data', () => {
      const event = decode(cloudEvent({ data: undefined, data_base64: Buffer.from([0, 255, 128]).toString('base64') }));
      expect([...(event.Data as Uint8Array)]).to.deep.equal([0, 255, 128]);
    });

    it('with every digit of an integer beyond 2^53', () => {
      const data = bytes(cloudEvent({ data: { id: 'ID' } }))
        .toString()
        .replace('"ID"', '1327011423252144128');
      expect(decodeEvent(Buffer.from(data), ARRIVED).Data).to.deep.equal({ id: 1327011423252144128n });
    });
  });

  describe('rejects', () => {
    const nested = (levels: number): unknown => (levels === 0 ? 'x' : { a: nested(levels - 1) });
    const cases: [name: string, value: unknown, reason: Reason, message: RegExp][] = [
      ['nothing at all', '', 'NotJson', /ends too early/],
      ['JSON that was cut off', '{"id_str":"1"', 'NotJson', /not JSON/],
      ['a text that is no JSON', 'yolo', 'NotJson', /unexpected character/],
      ['a list', '[1]', 'UnknownShape', /an array; expected a v1.1 tweet/],
      ['null', 'null', 'UnknownShape', /null; expected/],
      ['an object of another shape', { hello: 1, world: 2 }, 'UnknownShape', /fields "hello, world"/],
      ['an empty object', {}, 'UnknownShape', /\(none\)/],
      ['a v1.1 tweet without its user', tweetV1({ user: undefined }), 'KeyMissing', /user\.name is nothing/],
      ['a v1.1 tweet whose user is null', tweetV1({ user: null }), 'KeyMissing', /user\.name is nothing/],
      ['a v1.1 tweet with an empty id', tweetV1({ id_str: '' }), 'KeyMissing', /id_str is an empty text/],
      ['a v1.1 tweet with a number for its id', tweetV1({ id_str: 12 }), 'KeyMissing', /id_str is a number/],
      ['a v1.1 tweet without text', tweetV1({ text: undefined }), 'FieldInvalid', /text is nothing/],
      [
        'a v1.1 tweet with an unreadable date',
        tweetV1({ created_at: '2026' }),
        'FieldInvalid',
        /created_at is "2026"; expected a date like/,
      ],
      [
        'a v1.1 tweet with unreadable milliseconds',
        tweetV1({ timestamp_ms: '1e400' }),
        'FieldInvalid',
        /timestamp_ms is "1e400"/,
      ],
      [
        'a v1.1 tweet from beyond all dates',
        tweetV1({ timestamp_ms: '9999999999999999' }),
        'FieldInvalid',
        /timestamp_ms/,
      ],
      [
        'a v2 tweet without author',
        tweetV2({ author_id: undefined }, { includes: {} }),
        'KeyMissing',
        /author_id is nothing/,
      ],
      ['a v2 tweet with a number for its id', tweetV2({ id: 12 }), 'KeyMissing', /data\.id is a number/],
      [
        'a v2 tweet with an unreadable time',
        tweetV2({ created_at: 'yesterday' }),
        'FieldInvalid',
        /"yesterday"; expected an RFC 3339/,
      ],
      ['a CloudEvent of another version', cloudEvent({ specversion: '0.3' }), 'FieldInvalid', /"0.3"; expected "1.0"/],
      ['a CloudEvent without id', cloudEvent({ id: undefined }), 'KeyMissing', /id is nothing/],
      ['a CloudEvent without source', cloudEvent({ source: '' }), 'KeyMissing', /source is an empty text/],
      ['a CloudEvent without type', cloudEvent({ type: 3 }), 'FieldInvalid', /type is a number/],
      ['a CloudEvent with an impossible time', cloudEvent({ time: '2026-13-40T00:00:00Z' }), 'FieldInvalid', /time/],
      [
        'a CloudEvent with broken base64',
        cloudEvent({ data: undefined, data_base64: 'a*' }),
        'FieldInvalid',
        /expected base64/,
      ],
      [
        'a CloudEvent with a field that JavaScript cannot keep',
        '{"specversion":"1.0","id":"1","source":"s","type":"t","data":{"__proto__":1}}',
        'FieldInvalid',
        /__proto__/,
      ],
      ['a CloudEvent nested deeper than DynamoDB goes', cloudEvent({ data: nested(33) }), 'TooDeep', /32 levels/],
      [
        'an author longer than a partition key',
        tweetV1({ user: { name: '名'.repeat(683) } }),
        'KeyTooLong',
        /Username has 2049 bytes/,
      ],
      ['an id longer than a sort key', cloudEvent({ id: 'x'.repeat(1025) }), 'KeyTooLong', /Id has 1025 bytes/],
    ];
    for (const [name, value, reason, message] of cases)
      it(name, () => {
        const error = invalid(bytes(value));
        expect(error.reason).to.equal(reason);
        expect(error.message).to.match(message);
      });

    it('bytes that are not UTF-8', () => {
      expect(invalid(Buffer.from([0x7b, 0xff, 0x7d])).reason).to.equal('NotUtf8');
    });

    it('nesting so deep that a parser might run out of stack', () => {
      const deep = `{"specversion":"1.0","id":"1","source":"s","type":"t","data":${'['.repeat(200_000)}${']'.repeat(200_000)}}`;
      expect(invalid(Buffer.from(deep)).reason).to.equal('TooDeep');
      const digits = deep.replace('"1","source"', '"1234567890123456","source"');
      expect(invalid(Buffer.from(digits)).reason).to.be.oneOf(['TooDeep', 'NotJson']);
    });

    it('without a word of the payload in the message', () => {
      expect(invalid(Buffer.from('{"password":"hunter2",}')).message).not.to.contain('hunter2');
    });
  });

  it('accepts keys that are just short enough', () => {
    const event = decode(cloudEvent({ subject: '名'.repeat(682), id: 'x'.repeat(1024) }));
    expect(Buffer.byteLength(event.Username)).to.equal(2046);
  });

  it('skips a byte order mark', () => {
    expect(decodeEvent(Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), bytes(tweetV1())]), ARRIVED).Type).to.equal(
      'tweet',
    );
  });

  it('throws nothing but its own error, whatever the bytes', () => {
    const shaped = fc
      .record(
        {
          specversion: fc.constantFrom('1.0', '2'),
          id: fc.jsonValue(),
          source: fc.jsonValue(),
          type: fc.jsonValue(),
          data: fc.jsonValue(),
          time: fc.jsonValue(),
          user: fc.jsonValue(),
          id_str: fc.jsonValue(),
          text: fc.jsonValue(),
          includes: fc.jsonValue(),
        },
        { requiredKeys: [] },
      )
      .map((value) => bytes(value));
    const any = fc.oneof(fc.uint8Array({ maxLength: 64 }), fc.json().map(bytes), shaped);
    fc.assert(
      fc.property(any, (data) => {
        try {
          decodeEvent(data, ARRIVED);
        } catch (error) {
          expect(error).to.be.instanceOf(InvalidEventError);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it('keeps every text that has a UTF-8', () => {
    const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 100 });
    fc.assert(
      fc.property(text, text, (id, message) => {
        const event = decode(cloudEvent({ id, data: message }));
        expect(event).to.include({ Id: id, Message: message });
      }),
      { numRuns: 1_000 },
    );
  });
});
