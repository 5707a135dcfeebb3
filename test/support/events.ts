/** Builders of events in their true wire shapes, with emoji and CJK by default. */

export const tweetV1 = (fields: object = {}): object => ({
  created_at: 'Fri Nov 20 12:34:56 +0000 2026',
  id: Number('1991478936813379585'),
  id_str: '1991478936813379585',
  text: '東京は晴れ ☀️ 👩‍👩‍👧‍👦 yolo',
  user: { id: 7, id_str: '7', name: '名前 🦊', screen_name: 'kitsune' },
  ...fields,
});

export const tweetV2 = (data: object = {}, rest: object = {}): object => ({
  data: {
    id: '1991478936813379586',
    text: 'naïve café 🎉',
    author_id: '42',
    created_at: '2026-11-20T12:34:56.000Z',
    edit_history_tweet_ids: ['1991478936813379586'],
    ...data,
  },
  includes: { users: [{ id: '42', name: 'Zoë 🦊', username: 'zoe' }] },
  matching_rules: [{ id: '1', tag: 'twitter2kinesis' }],
  ...rest,
});

export const cloudEvent = (fields: object = {}): object => ({
  specversion: '1.0',
  id: 'reading-1',
  source: '/sensors/42',
  type: 'example.reading',
  time: '2026-11-20T12:34:56Z',
  data: { celsius: 21.5, where: '台所' },
  ...fields,
});

/** A line of a file of events. Each number is a row of its own. */
export const eventLine = (index: number): string => `${JSON.stringify(cloudEvent({ id: `e-${index}` }))}\n`;

export const eventLines = (count: number): string =>
  Array.from({ length: count }, (_, index) => eventLine(index)).join('');

export const bytes = (value: unknown): Buffer => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));
