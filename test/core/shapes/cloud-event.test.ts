import { expect } from 'chai';
import { keyOf } from '../../../core/event-data.ts';
import type { Reason } from '../../../core/invalid-event.ts';
import { decode, rejected } from '../../support/decode.ts';
import { cloudEvent } from '../../support/events.ts';

describe('a CloudEvent becomes a row', () => {
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
      expect(decode(text).Message).to.equal('b');
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
});

describe('a CloudEvent of version 0.3', () => {
  const BASE64 = { specversion: '0.3', datacontentencoding: 'base64' };

  it('becomes the row that it would become in version 1.0', () => {
    for (const data of [{ grams: 182 }, 'a text', undefined])
      expect(decode(cloudEvent({ data, specversion: '0.3' }))).to.deep.equal(decode(cloudEvent({ data })));
  });

  it('has its bytes as data, and says so', () => {
    const row = decode(cloudEvent({ ...BASE64, data: 'AP+A' }));
    expect([...(row.Data as Uint8Array)]).to.deep.equal([0, 255, 128]);
    expect(row.Attributes).to.deep.equal({ datacontentencoding: 'base64' });
    expect(decode(cloudEvent({ ...BASE64, data: undefined }))).not.to.have.any.keys('Data', 'Message');
    expect(rejected(cloudEvent({ ...BASE64, data: 'A-_' }))).to.include({ reason: 'FieldInvalid' });
    // In 1.0 that attribute is an extension.
    expect(decode(cloudEvent({ ...BASE64, specversion: '1.0', data: 'AP+A' })).Message).to.equal('AP+A');
  });
});

describe('a CloudEvent', () => {
  it('is one of its source: two of one subject and id from two sources are two rows', () => {
    const placed = decode(cloudEvent({ id: '100', source: '/openshop/orders', subject: 'customer-7' }));
    const sent = decode(cloudEvent({ id: '100', source: '/openshop/shipping', subject: 'customer-7' }));
    expect(placed).to.include({ Username: 'customer-7', Id: '/openshop/orders 100' });
    expect(sent).to.include({ Username: 'customer-7', Id: '/openshop/shipping 100' });
  });

  it('has a row of its own for each source and id, whatever they hold', () => {
    const parts = ['a', 'b', 'c', 'a b', 'b c', ' ', '/a', 'a%20b', '#'];
    const events = parts.flatMap((source) =>
      parts.flatMap((id) => [undefined, ...parts].map((subject) => ({ source, id, subject }))),
    );
    const identities = new Map<string, Set<string>>();
    for (const event of events) {
      const key = keyOf(decode(cloudEvent(event)));
      const identity = JSON.stringify([event.source.replaceAll(' ', '%20'), event.id]);
      identities.set(key, (identities.get(key) ?? new Set()).add(identity));
    }
    for (const [key, found] of identities) expect([...found], key).to.have.length(1);
  });

  it('keeps every attribute that it has, extensions as well', () => {
    const attributes = {
      dataschema: 'https://example.org/x.json',
      datacontenttype: 'application/json',
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      sequence: 7,
    };
    expect(decode(cloudEvent({ ...attributes, subject: 'u' })).Attributes).to.deep.equal({
      source: '/sensors/42',
      ...attributes,
    });
    expect(decode(cloudEvent(attributes)).Attributes).to.deep.equal(attributes);
    expect(decode(cloudEvent())).not.to.have.property('Attributes');
  });

  const invalid: [name: string, value: unknown, reason: Reason, message: RegExp][] = [
    [
      'of another version',
      cloudEvent({ specversion: '0.2' }),
      'FieldInvalid',
      /^specversion is a text of 3 characters; expected the text 1.0 or 0.3/,
    ],
    ['without id', cloudEvent({ id: undefined }), 'KeyMissing', /^id is nothing/],
    ['with a number for its id', cloudEvent({ id: 4 }), 'KeyMissing', /^id is a number/],
    ['without source', cloudEvent({ source: '' }), 'KeyMissing', /^source is an empty text/],
    ['without type', cloudEvent({ type: 3 }), 'FieldInvalid', /^type is a number/],
    ['with an impossible time', cloudEvent({ time: '2026-13-40T00:00:00Z' }), 'FieldInvalid', /^time is/],
    ['with an id longer than a sort key', cloudEvent({ id: 'x'.repeat(1025) }), 'KeyTooLong', /Id has 1025 bytes/],
    [
      'with a field that JavaScript cannot keep',
      '{"specversion":"1.0","id":"1","source":"s","type":"t","data":{"__proto__":1}}',
      'FieldInvalid',
      /__proto__/,
    ],
    [
      'with a field that JavaScript cannot keep, and a long number',
      '{"specversion":"1.0","id":"1","source":"s","type":"t","data":{"__proto__":{"a":1},"n":12345678901234567890}}',
      'FieldInvalid',
      /__proto__/,
    ],
  ];
  for (const [name, value, reason, message] of invalid)
    it(`is rejected ${name}`, () => {
      const error = rejected(value);
      expect(error.reason).to.equal(reason);
      expect(error.message).to.match(message);
    });

  for (const base64 of ['a*', 'AA', 'A===', 'AA=A', 'A A=', '-_8=', 'a text, do not quote it', 7])
    it(`is rejected with ${JSON.stringify(base64)} for its base64, and does not quote it`, () => {
      const error = rejected(cloudEvent({ data: undefined, data_base64: base64 }));
      expect(error.reason).to.equal('FieldInvalid');
      expect(error.message).to.match(/^data_base64 is a (text of \d+ characters|number); expected base64$/);
    });

  it('takes bytes of any length', () => {
    for (const length of [0, 1, 2, 3, 3_400_000]) {
      const data = Buffer.alloc(length, 7);
      const event = cloudEvent({ data: undefined, data_base64: data.toString('base64') });
      expect(data.equals(decode(event).Data as Uint8Array)).to.equal(true);
    }
  });
});
