import { between, type Random, seeded } from '../../core/random.ts';
import type { SourceEvent } from '../../core/source-event.ts';

/** Sizes of events: tweets as the API of X gives them, 2 to 4 KB, readings of 200 bytes, or tweets of so many bytes. */
export type EventSize = 'tweet' | 'small' | number;

/** How many authors and sensors there are: the partition keys. */
const KEYS = 5_000;
const SMALL_BYTES = 200;

/** The event of one number, the same for the same seed. */
export const eventMaker = (size: EventSize, seed = 1): ((index: number) => SourceEvent) =>
  size === 'tweet' ? tweetMaker(seeded(seed)) : size === 'small' ? smallEvent : sizedTweetMaker(size);

/** @returns so many events, all of them in memory */
export const eventsOf = (size: EventSize, count: number, seed?: number): SourceEvent[] => {
  const make = eventMaker(size, seed);
  return Array.from({ length: count }, (_, index) => make(index));
};

/** An event that fills 200 bytes: a CloudEvent, as a sensor might send it. */
const smallEvent = (index: number): SourceEvent => {
  const subject = `sensor-${(index * 7_919) % KEYS}`;
  const id = String(1_000_000_000 + index);
  const head = `{"specversion":"1.0","type":"reading","source":"/bench","id":"${id}","subject":"${subject}","time":"2026-11-20T12:34:56.789Z","data":{"celsius":${21 + (index % 10)}.5,"note":"`;
  const data = Buffer.from(`${head.padEnd(SMALL_BYTES - 3, '.')}"}}`);
  return { partitionKey: subject, data };
};

/** A tweet with the fields that are stored and no others, as long as its text makes it. */
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
    // A character that is cut in two becomes a longer one; what is short of the size is filled up.
    const text = Buffer.from(most)
      .subarray(0, missing)
      .toString()
      .replace(/\ufffd+$/, '');
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
  const words = (count: number): string => {
    const script = WORDS[between(random, 0, WORDS.length)]!;
    return Array.from({ length: count }, () => script[between(random, 0, script.length)]).join(' ');
  };
  return (index) => {
    const author = between(random, 0, KEYS);
    const screenName = `user_${author}`;
    const id = String(1_991_478_936_813_379_585n + BigInt(index));
    const tweet = {
      created_at: 'Fri Nov 20 12:34:56 +0000 2026',
      id: Number(id),
      id_str: id,
      text: words(between(random, 12, 40)),
      source: '<a href="https://mobile.example.com" rel="nofollow">Example for Mobile</a>',
      truncated: false,
      in_reply_to_status_id_str: null,
      in_reply_to_user_id_str: null,
      in_reply_to_screen_name: null,
      contributors: null,
      user: {
        id: author,
        id_str: String(author),
        name: words(2),
        screen_name: screenName,
        location: words(2),
        description: words(between(random, 10, 30)),
        protected: false,
        verified: author % 10 === 0,
        followers_count: between(random, 0, 100_000),
        friends_count: between(random, 0, 5_000),
        listed_count: between(random, 0, 500),
        favourites_count: between(random, 0, 50_000),
        statuses_count: between(random, 0, 200_000),
        created_at: 'Tue Mar 21 20:50:14 +0000 2006',
        geo_enabled: true,
        profile_background_color: 'C0DEED',
        profile_background_image_url_https: 'https://abs.example.com/images/themes/theme1/bg.png',
        profile_image_url_https: `https://pbs.example.com/profile_images/${author}/avatar_normal.jpg`,
        profile_banner_url: `https://pbs.example.com/profile_banners/${author}/1500000000`,
        profile_background_tile: false,
        profile_link_color: '1DA1F2',
        profile_sidebar_border_color: 'C0DEED',
        profile_sidebar_fill_color: 'DDEEF6',
        profile_text_color: '333333',
        profile_use_background_image: true,
        contributors_enabled: false,
        is_translator: false,
        translator_type: 'none',
        lang: null,
        url: `https://www.example.com/people/${screenName}`,
        utc_offset: null,
        time_zone: null,
        following: null,
        follow_request_sent: null,
        notifications: null,
        default_profile: true,
        default_profile_image: false,
      },
      geo: null,
      coordinates: null,
      place: null,
      is_quote_status: false,
      quote_count: 0,
      reply_count: between(random, 0, 100),
      retweet_count: between(random, 0, 1_000),
      favorite_count: between(random, 0, 5_000),
      entities: {
        hashtags: Array.from({ length: between(random, 0, 5) }, (_, at) => ({ text: words(1), indices: [at, at + 5] })),
        urls: Array.from({ length: between(random, 0, 3) }, (_, at) => ({
          url: `https://t.example.com/${id}${at}`,
          expanded_url: `https://www.example.com/articles/${id}/${at}?utm_source=x`,
          display_url: `example.com/articles/${id}…`,
          indices: [at * 24, at * 24 + 23],
        })),
        user_mentions: Array.from({ length: between(random, 0, 3) }, () => {
          const other = between(random, 0, KEYS);
          return { screen_name: `user_${other}`, name: words(2), id_str: String(other), indices: [0, 9] };
        }),
        symbols: [],
      },
      favorited: false,
      retweeted: false,
      possibly_sensitive: false,
      filter_level: 'low',
      lang: 'und',
      timestamp_ms: '1795178096000',
    };
    return { partitionKey: screenName, data: Buffer.from(JSON.stringify(tweet)) };
  };
};
