import { expect } from 'chai';
import fc from 'fast-check';
import { InvalidEventError, type Reason } from '../../../core/invalid-event.ts';
import { toSourceEvent } from '../../../core/source-event.ts';
import { decode, rejected } from '../../support/decode.ts';
import { bytes } from '../../support/events.ts';
import { account, commit, DID, deletion, FIRST, identity, post } from '../../support/jetstream.ts';

describe('a post of Bluesky', () => {
  it('becomes a row by its account, its address, its time and its text', () => {
    expect(decode(commit())).to.deep.equal({
      Username: DID,
      Id: `at://${DID}/app.bsky.feed.post/3l3qo2vuowo2b`,
      Timestamp: '2026-11-20T12:00:00.000Z',
      Type: 'app.bsky.feed.post',
      Message: 'naïve café 🎉 日本',
    });
  });

  it('has the row of its first state where it is updated', () => {
    const updated = decode(commit({ operation: 'update', rev: '3l3qo2vutsw2c' }, { text: 'better' }));
    const { Username, Id } = decode(commit());
    expect(updated).to.include({ Username, Id, Message: 'better' });
  });

  const cases: [name: string, value: object, expected: object][] = [
    [
      'keeps the milliseconds of its time',
      { ...commit(), time_us: FIRST + 987_654 },
      { Timestamp: '2026-11-20T12:00:00.987Z' },
    ],
    [
      'has the time of its arrival where it names none',
      { ...commit(), time_us: undefined },
      { Timestamp: '2026-11-21T00:00:00.000Z' },
    ],
    [
      'has a text as it was written, entities and all',
      commit({}, { text: '1 &lt; 2 &amp;' }),
      { Message: '1 &lt; 2 &amp;' },
    ],
    ['may have an empty text', commit({}, { text: '' }), { Message: '' }],
    ['may hold half an emoji', commit({}, { text: 'cut \ud83d' }), { Message: 'cut \ufffd' }],
  ];
  for (const [name, value, expected] of cases)
    it(name, () => {
      expect(decode(value)).to.include(expected);
    });

  const others: [name: string, value: object][] = [
    ['a commit that is a text', { ...commit(), commit: 'x' }],
    ['another kind', { ...commit(), kind: 'sync' }],
  ];
  for (const [name, value] of others)
    it(`is not what has ${name}`, () => {
      expect(decode(value)).to.include({ Type: 'json', Username: 'key' });
    });

  it('keeps every microsecond of its time', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1e15, max: 2 ** 53 - 1 }), (time) => {
        expect(decode({ ...commit(), time_us: time }).Timestamp).to.equal(
          new Date(Math.floor(time / 1_000)).toISOString(),
        );
      }),
    );
  });

  const invalid: [name: string, value: unknown, reason: Reason, message: RegExp][] = [
    [
      'without a did',
      { ...commit(), did: '' },
      'KeyMissing',
      /^did is an empty text; expected a text that is not empty$/,
    ],
    ['with a number for its did', { ...commit(), did: 7 }, 'KeyMissing', /^did is a number/],
    ['without an rkey', commit({ rkey: undefined }), 'KeyMissing', /^commit\.rkey is nothing/],
    [
      'without a record',
      commit({ record: undefined }),
      'FieldInvalid',
      /^commit\.record\.text is nothing; expected the text of the post$/,
    ],
    ['with a list for its text', commit({}, { text: [] }), 'FieldInvalid', /^commit\.record\.text is an array/],
    [
      'with a text for its time',
      { ...commit(), time_us: '1795176000000001' },
      'FieldInvalid',
      /^time_us is a text of 16 characters; expected microseconds/,
    ],
    ['with a time before 1970', { ...commit(), time_us: -1 }, 'FieldInvalid', /^time_us is a number/],
    ['from beyond all dates', { ...commit(), time_us: 1e300 }, 'FieldInvalid', /^time_us is a number/],
    ['with an id longer than a sort key', commit({ rkey: 'x'.repeat(1_024) }), 'KeyTooLong', /Id has/],
  ];
  for (const [name, value, reason, message] of invalid)
    it(`is rejected ${name}`, () => {
      const error = rejected(value);
      expect(error.reason).to.equal(reason);
      expect(error.message).to.match(message);
    });

  it('is rejected without a word that somebody wrote', () => {
    expect(rejected(commit({}, { text: ['a secret'] })).message).not.to.include('secret');
  });

  it('goes on the stream byte for byte, by its account', () => {
    const data = Buffer.from(JSON.stringify(post(), undefined, 1));
    expect(toSourceEvent(data)).to.deep.equal({ partitionKey: DID, data });
  });

  const messages: [name: string, value: object][] = [
    ['a delete', deletion()],
    ['a like', commit({ collection: 'app.bsky.feed.like' })],
    ['an account', account()],
    ['an identity', identity()],
  ];
  for (const [name, value] of messages)
    it(`is not ${name}, which goes on the stream all the same where a file has it`, () => {
      const data = bytes(value);
      expect(toSourceEvent(data)).to.deep.equal({ partitionKey: DID, data });
    });

  it('is no CloudEvent that has the same fields', () => {
    const event = { ...deletion(), specversion: '1.0', id: '1', source: 's', type: 't', subject: 'mine' };
    expect(toSourceEvent(bytes(event))).to.have.property('partitionKey', 'mine');
    expect(decode(event)).to.include({ Username: 'mine', Type: 't' });
  });

  it('throws nothing but its own error, whatever the fields hold', () => {
    const message = fc.record(
      {
        did: fc.jsonValue(),
        time_us: fc.jsonValue(),
        kind: fc.constant('commit'),
        commit: fc.record({
          operation: fc.constant('create'),
          collection: fc.constant('app.bsky.feed.post'),
          rkey: fc.jsonValue(),
          record: fc.jsonValue(),
        }),
      },
      { requiredKeys: ['did', 'kind', 'commit'] },
    );
    fc.assert(
      fc.property(message, (value) => {
        try {
          decode(value);
        } catch (error) {
          expect(error).to.be.instanceOf(InvalidEventError);
        }
      }),
    );
  });
});
