import { createHash } from 'node:crypto';
import { expect } from 'chai';
import type { Reason } from '../../../core/invalid-event.ts';
import { toSourceEvent } from '../../../core/source-event.ts';
import { ARRIVED, decode, rejected } from '../../support/decode.ts';
import { bytes, cloudEvent } from '../../support/events.ts';
import { recentChange } from '../../support/recent-change.ts';

const keyOf = (value: unknown): string => toSourceEvent(bytes(value)).partitionKey;

describe('a recent change', () => {
  it('becomes a row of its user, its id, its time, its title and its comment', () => {
    expect(decode(recentChange())).to.deep.equal({
      Username: 'Zoë 日本 🦊',
      Id: '85c162d1-64e4-459f-8f38-c66d9c74bced',
      Timestamp: '2026-11-20T12:34:56.789Z',
      Type: 'mediawiki.recentchange',
      Message: '狐: /* 生態 */ naïve 🦊',
    });
  });

  const cases: [name: string, fields: object, meta: object, expected: object][] = [
    ['with its title alone where there is no comment', { comment: undefined }, {}, { Message: '狐' }],
    ['with its title alone where the comment is null', { comment: null }, {}, { Message: '狐' }],
    ['with its title alone where the comment is empty', { comment: '' }, {}, { Message: '狐' }],
    ['with its comment alone where the title is empty', { title: '', comment: 'why' }, {}, { Message: 'why' }],
    ['with its text as it stands', { title: 'a &lt; b', comment: '&amp;' }, {}, { Message: 'a &lt; b: &amp;' }],
    ['with a time in seconds', {}, { dt: '2026-11-20T12:34:56Z' }, { Timestamp: '2026-11-20T12:34:56.000Z' }],
    ['with the time of its arrival where it names none', {}, { dt: undefined }, { Timestamp: ARRIVED.toISOString() }],
    ['by its wiki where Wikimedia took the user out', { user: undefined }, {}, { Username: 'ja.wikipedia.org' }],
    [
      'with half an emoji replaced, since it has no UTF-8',
      { comment: undefined, title: 'cut \ud83d' },
      {},
      { Message: 'cut \ufffd' },
    ],
    ['known by its schema alone', {}, { stream: undefined }, { Type: 'mediawiki.recentchange' }],
    ['known by its stream alone', { $schema: undefined }, {}, { Type: 'mediawiki.recentchange' }],
    ['of another version of the schema', { $schema: '/mediawiki/recentchange/2.1.0' }, {}, { Message: /狐/ }],
    ['with a field of the tweets', { text: 'x', id_str: '1' }, {}, { Type: 'mediawiki.recentchange' }],
  ];
  for (const [name, fields, meta, expected] of cases)
    it(`becomes a row ${name}`, () => {
      const row = decode(recentChange(fields, meta));
      for (const [field, value] of Object.entries(expected))
        if (value instanceof RegExp) expect(row).to.have.property(field).that.matches(value);
        else expect(row).to.have.property(field, value);
    });

  it('may hold numbers beyond 2^53, which its row does not', () => {
    const text = JSON.stringify(recentChange()).replace('{', '{"log_id":12345678901234567890,');
    expect(decode(text)).to.deep.equal(decode(recentChange()));
  });

  const invalid: [name: string, value: object, reason: Reason, message: string][] = [
    [
      'whose user is nobody and whose wiki is nowhere',
      recentChange({ user: '' }, { domain: undefined }),
      'KeyMissing',
      'user is an empty text; expected a text that is not empty',
    ],
    [
      'without an id',
      recentChange({}, { id: undefined }),
      'KeyMissing',
      'meta.id is nothing; expected a text that is not empty',
    ],
    [
      'with an id that is a number',
      recentChange({}, { id: 7 }),
      'KeyMissing',
      'meta.id is a number; expected a text that is not empty',
    ],
    [
      'without a meta',
      recentChange({ meta: null }),
      'KeyMissing',
      'meta.id is nothing; expected a text that is not empty',
    ],
    [
      'whose time is not a time',
      recentChange({}, { dt: 'today' }),
      'FieldInvalid',
      'meta.dt is a text of 5 characters; expected an RFC 3339 time like "2026-11-20T12:00:00Z"',
    ],
    ['without a title', recentChange({ title: undefined }), 'FieldInvalid', 'title is nothing; expected a text'],
    ['whose comment is a list', recentChange({ comment: [] }), 'FieldInvalid', 'comment is an array; expected a text'],
    [
      'whose id is too long for a key',
      recentChange({}, { id: 'x'.repeat(1_025) }),
      'KeyTooLong',
      'Id has 1025 bytes; a key holds at most 1024',
    ],
  ];
  for (const [name, value, reason, message] of invalid)
    it(`is refused ${name}`, () => {
      expect(rejected(value)).to.include({ reason, message });
    });

  const others: [name: string, fields: object, meta: object][] = [
    ['another schema and stream', { $schema: '/mediawiki/page/create/1.0.0' }, { stream: 'mediawiki.page-create' }],
    ['a schema that only begins like its own', { $schema: '/mediawiki/recentchanges/1.0.0' }, { stream: undefined }],
    ['a schema that only ends like its own', { $schema: 'x/mediawiki/recentchange/1.0.0' }, { stream: undefined }],
    ['a schema that is no text', { $schema: 7 }, { stream: ['mediawiki.recentchange'] }],
  ];
  for (const [name, fields, meta] of others)
    it(`is not what has ${name}`, () => {
      expect(decode(recentChange(fields, meta))).to.include({ Type: 'json' });
    });

  it('is a CloudEvent where it is inside of one', () => {
    expect(decode(cloudEvent({ data: recentChange(), $schema: '/mediawiki/recentchange/1.0.0' }))).to.include({
      Type: 'example.reading',
    });
  });

  it('is kept in order by its user', () => {
    expect(keyOf(recentChange())).to.equal('Zoë 日本 🦊');
    expect(keyOf(recentChange({ user: undefined }))).to.equal('ja.wikipedia.org');
    expect(keyOf(recentChange({ user: undefined }, { domain: undefined, id: 'x' }))).to.equal('x');
  });

  it('is kept in order by its hash where its user is longer than a partition key', () => {
    const data = bytes(recentChange({ user: 'ß'.repeat(257) }));
    expect(toSourceEvent(data)).to.deep.equal({
      partitionKey: createHash('sha256').update(data).digest('hex'),
      data,
    });
  });
});
