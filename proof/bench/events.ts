import type { KinesisStreamEvent, KinesisStreamRecord } from 'aws-lambda';
import { inBatches } from '../../core/batch.ts';
import { INVOCATION_BYTES } from '../../core/limits.ts';
import { between, type Random, seeded } from '../../core/random.ts';
import type { SourceEvent } from '../../core/source-event.ts';

/** Tweets of 2 to 4 KB as the API of X gives them, readings of 200 bytes, or tweets of a number of bytes. */
export type EventSize = 'tweet' | 'small' | number;

/** How many authors and sensors there are: the partition keys. */
const KEYS = 5_000;
const SMALL_BYTES = 200;

/** The event of each number from 0, the same each time. */
export const eventMaker = (size: EventSize): ((index: number) => SourceEvent) =>
  size === 'tweet' ? tweetMaker(seeded(1)) : size === 'small' ? smallEvent : sizedTweetMaker(size);

/** @returns events in memory, numbered from 0 */
export const eventsOf = (size: EventSize, count: number): SourceEvent[] => {
  const make = eventMaker(size);
  return Array.from({ length: count }, (_, index) => make(index));
};

/** Posts with so many words that the processor `indexing` makes a row of each. */
export const postsOf = (words: number, count: number): SourceEvent[] => {
  const text = Array.from({ length: words }, (_, index) => `word${index}`).join(' ');
  return Array.from({ length: count }, (_, index) => {
    const author = `user_${index % KEYS}`;
    const post = { id: String(index), author, time: '2026-11-20T12:34:56Z', text: `${text} .` };
    return { partitionKey: author, data: Buffer.from(JSON.stringify(post)) };
  });
};

/** An event that fills 200 bytes: a CloudEvent, as a sensor might send it. */
const smallEvent = (index: number): SourceEvent => {
  const subject = `sensor-${(index * 7_919) % KEYS}`;
  const id = String(1_000_000_000 + index);
  const head = `{"specversion":"1.0","type":"reading","source":"/bench","id":"${id}","subject":"${subject}","time":"2026-11-20T12:34:56.789Z","data":{"celsius":${21 + (index % 10)}.5,"note":"`;
  const data = Buffer.from(`${head.padEnd(SMALL_BYTES - 3, '.')}"}}`);
  return { partitionKey: subject, data };
};

/** A tweet with only the fields that are stored. Its text fills it up to its size. */
const sizedTweetMaker = (bytes: number): ((index: number) => SourceEvent) => {
  const filling = WORDS.flat().join(' ');
  const most = filling.repeat(Math.ceil(bytes / Buffer.byteLength(filling)));
  return (index) => {
    const author = `user_${index % KEYS}`;
    const id = String(1_991_478_936_813_379_585n + BigInt(index));
    const tweet = (text: string): Buffer =>
      Buffer.from(
        JSON.stringify({
          created_at: 'Fri Nov 20 12:34:56 +0000 2026',
          id_str: id,
          text,
          user: { name: `名前 ${author}`, screen_name: author },
        }),
      );
    const missing = Math.max(0, bytes - tweet('').length);
    // A character that was cut in two is removed, and the rest is filled up.
    const text = Buffer.from(most)
      .subarray(0, missing)
      .toString()
      .replace(/(?<!\ufffd)\ufffd+$/, '');
    return { partitionKey: author, data: tweet(text + '.'.repeat(missing - Buffer.byteLength(text))) };
  };
};

/** Words of many scripts: their bytes are neither one nor equally many for a character. */
const WORDS = [
  'yolo the quick brown fox jumps over a lazy dog and never looks back'.split(' '),
  'съешь ещё этих мягких французских булок да выпей чаю'.split(' '),
  'Ξεσκεπάζω την ψυχοφθόρα βδελυγμία κάθε μέρα'.split(' '),
  'نص حكيم له سر قاطع وذو شأن عظيم مكتوب على ثوب أخضر'.split(' '),
  'דג סקרן שט בים מאוכזב ולפתע מצא חברה'.split(' '),
  'ऋषियों को सताने वाले दुष्ट राक्षसों के राजा'.split(' '),
  'いろは にほへと ちりぬるを 我が世 誰ぞ 常ならむ'.split(' '),
  '다람쥐 헌 쳇바퀴에 타고파 오늘도 달린다'.split(' '),
  '视野 无限广 窗外 有蓝天 今天 也 很开心'.split(' '),
  'เป็นมนุษย์ สุดประเสริฐ เลิศคุณค่า กว่าบรรดา ฝูงสัตว์'.split(' '),
  '😋 🎉 👩‍👩‍👧‍👦 🇯🇵 ❤️ 🤷🏽‍♀️'.split(' '),
];

const tweetMaker = (random: Random): ((index: number) => SourceEvent) => {
  const upTo = (most: number): number => between(random, 0, most);
  const words = (count: number): string => {
    const script = WORDS[upTo(WORDS.length)]!;
    return Array.from({ length: count }, () => script[upTo(script.length)]).join(' ');
  };
  const some = <Part>(most: number, part: (at: number) => Part): Part[] =>
    Array.from({ length: upTo(most) }, (_, at) => part(at));
  return (index) => {
    const author = upTo(KEYS);
    const screenName = `user_${author}`;
    const id = String(1_991_478_936_813_379_585n + BigInt(index));
    const user = {
      ...PROFILE,
      id: author,
      id_str: String(author),
      name: words(2),
      screen_name: screenName,
      location: words(2),
      description: words(between(random, 10, 30)),
      followers_count: upTo(100_000),
      friends_count: upTo(5_000),
      listed_count: upTo(500),
      favourites_count: upTo(50_000),
      statuses_count: upTo(200_000),
      profile_image_url_https: `https://pbs.example.com/profile_images/${author}/avatar_normal.jpg`,
      profile_banner_url: `https://pbs.example.com/profile_banners/${author}/1500000000`,
      url: `https://www.example.com/people/${screenName}`,
    };
    const entities = {
      hashtags: some(5, (at) => ({ text: words(1), indices: [at, at + 5] })),
      urls: some(3, (at) => ({
        url: `https://t.example.com/${id}${at}`,
        expanded_url: `https://www.example.com/articles/${id}/${at}?utm_source=x`,
        display_url: `example.com/articles/${id}…`,
        indices: [at * 24, at * 24 + 23],
      })),
      user_mentions: some(3, () => {
        const other = String(upTo(KEYS));
        return { screen_name: `user_${other}`, name: words(2), id_str: other, indices: [0, 9] };
      }),
      symbols: [],
    };
    const counts = { reply_count: upTo(100), retweet_count: upTo(1_000), favorite_count: upTo(5_000) };
    const text = words(between(random, 12, 40));
    const tweet = { ...STATUS, id: Number(id), id_str: id, text, user, ...counts, entities };
    return { partitionKey: screenName, data: Buffer.from(JSON.stringify(tweet)) };
  };
};

const all = (value: unknown, names: string): Record<string, unknown> =>
  Object.fromEntries(names.split(' ').map((name) => [name, value]));

/** The fields that most tweets have in common. */
const STATUS = {
  created_at: 'Fri Nov 20 12:34:56 +0000 2026',
  source: '<a href="https://mobile.example.com" rel="nofollow">Example for Mobile</a>',
  ...all(null, 'in_reply_to_status_id_str in_reply_to_user_id_str in_reply_to_screen_name contributors'),
  ...all(null, 'geo coordinates place'),
  ...all(false, 'truncated is_quote_status favorited retweeted possibly_sensitive'),
  quote_count: 0,
  filter_level: 'low',
  lang: 'und',
  timestamp_ms: '1795178096000',
};

const PROFILE = {
  created_at: 'Tue Mar 21 20:50:14 +0000 2006',
  ...all('1DA1F2', 'profile_background_color profile_link_color profile_sidebar_border_color'),
  ...all('333333', 'profile_sidebar_fill_color profile_text_color'),
  profile_background_image_url_https: 'https://abs.example.com/images/themes/theme1/bg.png',
  ...all(true, 'geo_enabled profile_use_background_image contributors_enabled default_profile'),
  ...all(false, 'protected verified profile_background_tile is_translator default_profile_image'),
  translator_type: 'none',
  ...all(null, 'lang utc_offset time_zone following follow_request_sent notifications'),
};

const FIRST_SEQUENCE_NUMBER = 49_590_338_271_490_256_608_559_692_538_361_571_095_921_575_989_136_588_898n;
/** About the bytes of a record without its data. */
const ENVELOPE = 600;
const STREAM_ARN = 'arn:aws:kinesis:us-east-1:000000000000:stream/bench-stream';

/** The invocations that Lambda would make of the events: base64, envelope and all. */
export const invocationsOf = (events: readonly SourceEvent[], batchSize: number): KinesisStreamEvent[] => {
  const records = events.map(recordOf);
  const limits = { maxItems: batchSize, maxBytes: INVOCATION_BYTES };
  return [...inBatches(records, limits, ({ kinesis }) => kinesis.data.length + ENVELOPE)].map((Records) => ({
    Records,
  }));
};

/** https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html */
const recordOf = ({ partitionKey, data }: SourceEvent, index: number): KinesisStreamRecord => {
  const sequenceNumber = (FIRST_SEQUENCE_NUMBER + BigInt(index)).toString();
  return {
    kinesis: {
      kinesisSchemaVersion: '1.0',
      partitionKey,
      sequenceNumber,
      data: Buffer.from(data).toString('base64'),
      approximateArrivalTimestamp: 1_795_178_096.123,
    },
    eventSource: 'aws:kinesis',
    eventVersion: '1.0',
    eventID: `shardId-000000000000:${sequenceNumber}`,
    eventName: 'aws:kinesis:record',
    invokeIdentityArn: 'arn:aws:iam::000000000000:role/bench',
    awsRegion: 'us-east-1',
    eventSourceARN: STREAM_ARN,
  };
};
