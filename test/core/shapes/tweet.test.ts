import { expect } from 'chai';
import type { Reason } from '../../../core/invalid-event.ts';
import { toSourceEvent } from '../../../core/source-event.ts';
import { decode, rejected } from '../../support/decode.ts';
import { bytes, tweetV1, tweetV2 } from '../../support/events.ts';

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
    ['by the id of its author where nothing else of the user is left', { user: { id_str: '42' } }, { Username: '42' }],
  ];
  for (const [name, fields, expected] of cases)
    it(name, () => {
      expect(decode(tweetV1(fields))).to.include(expected);
    });

  it('with an emoji in escapes', () => {
    const data = JSON.stringify(tweetV1({ text: 'X' })).replace('"X"', '"\\ud83d\\ude0b"');
    expect(decode(data).Message).to.equal('😋');
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
    ['with the text of its note', { note_tweet: { text: 'all of it' }, text: 'all o…' }, {}, { Message: 'all of it' }],
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

describe('a tweet', () => {
  const END = 'the end of a long text that a retweet cuts off, number forty-two';
  const LONG = `${'x'.repeat(120)} ${END}`;
  const CUT = `RT @orig: ${'x'.repeat(120)}…`;
  const original = (fields: object): object => ({
    id: 1,
    id_str: '1',
    user: { name: 'Orig', screen_name: 'orig' },
    ...fields,
  });
  const retweets: [name: string, value: object, message: string][] = [
    [
      'of the streaming API',
      tweetV1({
        text: CUT,
        retweeted_status: original({
          text: `${'x'.repeat(120)}…`,
          truncated: true,
          extended_tweet: { full_text: LONG },
        }),
      }),
      `RT @orig: ${LONG}`,
    ],
    [
      'of the extended mode',
      tweetV1({ text: undefined, full_text: CUT, retweeted_status: original({ full_text: LONG }) }),
      `RT @orig: ${LONG}`,
    ],
    [
      'of the compatible mode whose original is short',
      tweetV1({ text: 'RT @orig: sho…', retweeted_status: original({ text: 'short &amp; whole' }) }),
      'RT @orig: short & whole',
    ],
    [
      'whose original is cut off as well',
      tweetV1({ text: CUT, retweeted_status: original({ text: 'x…', truncated: true }) }),
      CUT,
    ],
    [
      'of the v2 API',
      tweetV2(
        { text: CUT, referenced_tweets: [{ type: 'retweeted', id: '1' }] },
        { includes: { tweets: [{ id: '1', author_id: '2', text: LONG }] } },
      ),
      `RT @orig: ${LONG}`,
    ],
    [
      'of the v2 API in the newer words of X',
      {
        data: { id: '2', edit_history_post_ids: ['2'], text: CUT, referenced_posts: [{ type: 'retweeted', id: '1' }] },
        includes: { posts: [{ id: '1', text: 'x…', note_post: { text: LONG } }] },
        // Where a message has more than its own parts, its tweet is known by its edits.
        type: 'tweets',
      },
      `RT @orig: ${LONG}`,
    ],
    [
      'of the v2 API whose original is a note',
      tweetV2(
        { text: CUT, referenced_tweets: [{ type: 'retweeted', id: '1' }] },
        { includes: { tweets: [{ id: '1', text: 'x…', note_tweet: { text: LONG } }] } },
      ),
      `RT @orig: ${LONG}`,
    ],
    [
      'of the v2 API whose original is not included',
      tweetV2({ text: CUT, referenced_tweets: [{ type: 'retweeted', id: '1' }] }),
      CUT,
    ],
    [
      'of the v2 API that a client flattened',
      {
        ...{ id: '2', edit_history_tweet_ids: ['2'], text: CUT, author: { name: 'Fan' } },
        referenced_tweets: [{ type: 'retweeted', id: '1', text: LONG, author: { name: 'Orig' } }],
      },
      `RT @orig: ${LONG}`,
    ],
    [
      'of the v2 API that only quotes',
      tweetV2(
        { text: 'mine', referenced_tweets: [{ type: 'quoted', id: '1' }] },
        { includes: { tweets: [{ id: '1', text: LONG }] } },
      ),
      'mine',
    ],
  ];
  for (const [name, value, message] of retweets)
    it(`has the whole text where the message has it, as a retweet ${name}`, () => {
      expect(decode(value).Message).to.equal(message);
    });

  const v2: [name: string, value: object, expected: object, partitionKey: string][] = [
    [
      'with the default fields of the stream, without its author',
      {
        data: { id: '900000000000000009', text: 'default', edit_history_tweet_ids: ['900000000000000009'] },
        matching_rules: [{ id: '1', tag: 't' }],
      },
      { Username: '900000000000000009', Id: '900000000000000009', Type: 'tweet', Message: 'default' },
      '900000000000000009',
    ],
    [
      'that a client flattened',
      {
        edit_history_tweet_ids: ['1'],
        id: '900000000000000010',
        text: 'a flattened v2 tweet',
        author_id: '3',
        created_at: '2026-11-20T12:00:00.000Z',
        author: { id: '3', name: 'Fan', username: 'fan' },
      },
      {
        Username: 'Fan',
        Id: '900000000000000010',
        Type: 'tweet',
        Message: 'a flattened v2 tweet',
        Timestamp: '2026-11-20T12:00:00.000Z',
      },
      'fan',
    ],
  ];
  // As twarc archived tweets before they could be edited.
  const archived = { id: '9', text: 'archived', author_id: '3', created_at: '2021-04-08T19:27:57.000Z' };
  const __twarc = {
    url: 'https://api.x.example/2/tweets',
    version: '2.1.0',
    retrieved_at: '2021-04-08T20:00:00+00:00',
  };
  const author = { id: '3', name: 'Fan', username: 'fan' };
  const row = { Username: 'Fan', Id: '9', Type: 'tweet', Message: 'archived', Timestamp: '2021-04-08T19:27:57.000Z' };
  v2.push(
    ['that twarc archived', { data: archived, includes: { users: [author] }, __twarc }, row, 'fan'],
    ['that twarc archived and flattened', { ...archived, author, __twarc }, row, 'fan'],
  );
  for (const [name, value, expected, partitionKey] of v2)
    it(`may be one of the v2 API ${name}`, () => {
      expect(decode(value)).to.include(expected);
      expect(toSourceEvent(bytes(value)).partitionKey).to.equal(partitionKey);
    });

  const others: [name: string, value: object][] = [
    [
      'a row that DMS captured',
      {
        data: { id: '12', text: 'a comment of a shop', author_id: 'u7' },
        metadata: { timestamp: '2026-11-25T10:00:00.000001Z', 'record-type': 'data', operation: 'insert' },
      },
    ],
    ['a webhook', { event: 'comment.created', data: { id: '12', text: 'a comment of a shop', user: 'u7' } }],
    ['an object around an object with an id and a text', { data: { id: 'c-1', text: 'a comment of a shop' } }],
    ['a message of a chat', { type: 'message', user: { name: 'slackbot' }, text: 'hi', id_str: '5' }],
    ['an object with a user and a text', { user: 'anna', text: 'hi' }],
    ['an object with an id_str', { id_str: '5' }],
  ];
  for (const [name, value] of others)
    it(`is not ${name}`, () => {
      expect(decode(value).Type).not.to.equal('tweet');
      expect(decode(value).Data).to.deep.equal(value);
    });

  const invalid: [name: string, value: unknown, reason: Reason, message: RegExp][] = [
    ['a v1.1 tweet without its user', tweetV1({ user: undefined }), 'KeyMissing', /user\.name is nothing/],
    ['a v1.1 tweet whose user is null', tweetV1({ user: null }), 'KeyMissing', /user\.name is nothing/],
    ['a v1.1 tweet with an empty id', tweetV1({ id_str: '' }), 'KeyMissing', /id_str is an empty text/],
    ['a v1.1 tweet with a number for its id', tweetV1({ id_str: 12 }), 'KeyMissing', /id_str is a number/],
    ['a v1.1 tweet without text', tweetV1({ text: undefined }), 'FieldInvalid', /text is nothing/],
    ['a v2 tweet with a number for its id', tweetV2({ id: 12 }), 'KeyMissing', /data\.id is a number/],
    [
      'an author longer than a partition key',
      tweetV1({ user: { name: '名'.repeat(683) } }),
      'KeyTooLong',
      /Username has 2049 bytes/,
    ],
  ];
  for (const [name, value, reason, message] of invalid)
    it(`is rejected where it is ${name}`, () => {
      const error = rejected(value);
      expect(error.reason).to.equal(reason);
      expect(error.message).to.match(message);
    });
});
