import { expect } from 'chai';
import type { EventData } from '../../core/event-data.ts';
import { hashtagsIn } from '../support/hashtags.ts';
import {
  addTo,
  countsOf,
  detailOf,
  eventsOfUse,
  type Group,
  groupsOf,
  type Line,
  processed,
  reasonOf,
  rowsIn,
  rowsOfOutcome,
  tableOf,
} from '../support/processed.ts';

const NAME = 'social-media';

const unescaped = (text: string): string =>
  [
    ['&lt;', '<'],
    ['&gt;', '>'],
    ['&quot;', '"'],
    ['&#39;', "'"],
    ['&amp;', '&'],
  ].reduce((found, [entity, character]) => found.split(entity!).join(character), text);

/** The text of HTML, whatever stands between < and >. */
const textOf = (html: string): string =>
  unescaped(
    html
      .split('<')
      .map((piece) => piece.slice(piece.indexOf('>') + 1))
      .join(''),
  );

interface Post {
  network: string;
  author: unknown;
  id: unknown;
  time: unknown;
  text: unknown;
  language: string | undefined;
  leftOut: boolean;
}

/** What a line says, whichever network it comes from. */
const postOf = (json: Line): Post | undefined => {
  if (json.did) {
    const { collection, operation, rkey, record } = json.commit ?? {};
    return {
      network: 'Bluesky',
      author: json.did,
      id: rkey && `at://${json.did}/app.bsky.feed.post/${rkey}`,
      time: typeof json.time_us === 'number' ? Math.floor(json.time_us / 1000) : undefined,
      text: record?.text,
      language: record?.langs?.[0],
      leftOut: collection !== 'app.bsky.feed.post' || operation === 'delete',
    };
  }
  if (json.uri)
    return typeof json.content !== 'string'
      ? undefined
      : {
          network: 'Mastodon',
          author: json.account.acct,
          id: json.uri,
          time: json.created_at ?? undefined,
          text: textOf(json.content),
          language: json.language,
          leftOut: json.account.bot || json.visibility !== 'public' || json.reblog !== null,
        };
  const tweet = json.data ?? json;
  if (tweet.edit_history_tweet_ids && tweet.text) {
    const users = json.includes?.users ?? [json.author];
    return {
      network: 'X',
      author: users[0].name,
      id: tweet.id,
      time: tweet.created_at,
      text: unescaped(tweet.note_tweet?.text ?? tweet.text),
      language: tweet.lang,
      leftOut: tweet.referenced_tweets?.[0].type === 'retweeted',
    };
  }
  if (!('id_str' in json)) return undefined;
  return {
    network: 'X',
    author: json.user?.name,
    id: json.id_str,
    time: json.timestamp_ms && Number(json.timestamp_ms),
    text: json.text === null ? null : unescaped(json.text),
    language: json.lang,
    leftOut: 'retweeted_status' in json,
  };
};

const LANGUAGES: Record<string, string> = { iw: 'he', in: 'id', qht: 'und' };

const expectedOf = (json: Line): Line => {
  const post = postOf(json);
  if (!post) return { reason: 'UnknownShape' };
  if (post.leftOut) return { rows: [] };
  if (!post.author || !post.id) return { reason: 'KeyMissing' };
  const time = new Date(post.time as string).getTime();
  if (Number.isNaN(time) || typeof post.text !== 'string') return { reason: 'FieldInvalid' };
  const [language = 'und'] = (post.language ?? undefined)?.split('-') ?? [];
  const hashtags = hashtagsIn(post.text, 10);
  const own = {
    Username: post.author,
    Id: post.id,
    Timestamp: new Date(time).toISOString(),
    Type: post.network,
    Message: post.text,
    Data: { network: post.network, author: post.author, language: LANGUAGES[language] ?? language, hashtags },
  };
  return { rows: [own, ...hashtags.map((tag) => ({ ...own, Username: tag, Type: 'hashtag' }))] };
};

const EVENTS = eventsOfUse(NAME, expectedOf);
const LINES = EVENTS.map(({ line }) => line);
const ROWS = rowsIn(EVENTS);
const TABLE = tableOf(ROWS);
const POSTS = TABLE.filter(({ Type }) => Type !== 'hashtag');

const query = (key: string): EventData[] => TABLE.filter(({ Username }) => Username === key);
const dataOf = (row: EventData | undefined): Line => row?.Data;
const postWith = (text: string): EventData => {
  const found = POSTS.filter(({ Message }) => Message?.includes(text));
  expect(found, text).to.have.lengthOf(1);
  return found[0]!;
};

describe('social-media', () => {
  it('makes of each line of its file what the line says', () => {
    expect(LINES).to.have.length.of.at.least(300);
    for (const { line, expected, outcome } of EVENTS) expect(outcome, line).to.deep.equal(expected);
  });

  it('stores, drops and rejects as many as the file holds of each', () => {
    expect(countsOf(EVENTS)).to.deep.equal({
      stored: 241,
      dropped: 43,
      KeyMissing: 4,
      FieldInvalid: 7,
      UnknownShape: 5,
      NotJson: 3,
      NotObject: 2,
    });
  });

  it('finds what all networks say about a hashtag below one key', () => {
    const rows = query('#savethetram');
    expect(new Set(rows.map((row) => dataOf(row).network))).to.deep.equal(new Set(['X', 'Bluesky', 'Mastodon']));
    expect(rows.map(({ Message }) => Message)).to.include.members([
      'They want to close the night tram. We want to ride it. #SaveTheTram',
      'Tramwaj nocny zostaje! Głosujcie jutro #SaveTheTram #tramwaj',
      'Ohne Bim ka Leben #SaveTheTram #Bim',
      'El tranvía no contamina y además canta #SaveTheTram #tranvía',
    ]);
    expect(new Set(rows.map((row) => dataOf(row).author)).size).to.be.at.least(10);
  });

  it('knows the hashtags that the networks themselves list', () => {
    for (const { json, outcome } of EVENTS) {
      if (!('rows' in outcome) || outcome.rows.length === 0) continue;
      const listed = [
        ...(json.tags ?? []),
        ...(json.entities?.hashtags ?? []),
        ...(json.data?.entities?.hashtags ?? []),
      ];
      for (const { name, tag, text } of listed) {
        // They cut a tag at a half-space, and some at an accent by itself.
        const start = `#${name ?? tag ?? text}`.toLowerCase().replaceAll('i\u0307', 'i');
        const { hashtags } = dataOf(outcome.rows[0]);
        if (hashtags.length < 10)
          expect(
            hashtags.some((one: string) => one.normalize('NFD').startsWith(start.normalize('NFD'))),
            start,
          ).to.equal(true);
      }
    }
  });

  it('takes İ and i, capitals, and accents in either form, for the same', () => {
    expect(query('#izmir')).to.have.lengthOf(5);
    expect(dataOf(postWith('IŞIK, ışık')).hashtags).to.deep.equal(['#istanbul']);
    expect(dataOf(postWith('et un café')).hashtags).to.deep.equal(['#café']);
    expect(dataOf(postWith('雨だ！')).hashtags).to.deep.equal(['#雨', '#かえる']);
  });

  it('takes no number and no half of a word for a hashtag', () => {
    expect(dataOf(postWith('We are #1!')).hashtags).to.deep.equal([]);
    expect(dataOf(postWith('#not-a-tag')).hashtags).to.deep.equal(['#rain']);
    expect(dataOf(postWith('اليوم')).hashtags).to.deep.equal(['#درجة١٢']);
    expect(dataOf(postWith('کتاب‌خوانی')).hashtags).to.deep.equal(['#کتاب‌خوانی']);
  });

  it('gives a post ten hashtags at most', () => {
    const post = postWith('#one1');
    expect(dataOf(post).hashtags).to.have.lengthOf(10);
    expect(TABLE.filter(({ Id, Type }) => Id === post.Id && Type === 'hashtag')).to.have.lengthOf(10);
  });

  it('reads the text out of the HTML of Mastodon', () => {
    expect(postWith('Bread & butter').Message).to.equal(`Bread & butter, 3 < 4, "quoted" and 'quoted' #bread`);
    expect(POSTS.filter(({ Type, Message }) => Type === 'Mastodon' && /<a|class=|&amp;/.test(Message!))).to.deep.equal(
      [],
    );
  });

  it('reads the whole text of a long post of X', () => {
    expect(dataOf(postWith('the owl who reads this')).hashtags).to.deep.equal(['#savethetram', '#owl']);
  });

  const SPOKEN: [what: string, text: string, language: string][] = [
    ['by the old code for Hebrew', 'קפה וחתול', 'he'],
    ['by the old code for Indonesian', 'Rajutan sore', 'id'],
    ['without its region', 'Ohne Bim', 'de'],
    ['without its region, on Mastodon', 'Bom dia, bloco', 'pt'],
    ['by the first of two', 'Good morning おはよう', 'ja'],
    ['that is not told', 'La terminal gotea', 'und'],
    ['that is null', 'A chuva no zinco', 'und'],
    ['of a post without words', '#save_the_tram', 'und'],
    ['that X does not know', '…', 'und'],
    ['by a code of three letters', 'ʻOno ka', 'haw'],
    ['that begins with q', 'Papata mikhuni', 'qu'],
  ];
  for (const [what, text, language] of SPOKEN)
    it(`tells the language ${what}`, () => {
      const post = POSTS.find(({ Message }) => (text === '…' ? Message === text : Message?.includes(text)));
      expect(dataOf(post).language).to.equal(language);
    });

  it('tells people apart who have one name on two servers of Mastodon, and knows one whom both name', () => {
    const authorOf = (acct: string, url: string | null): string | undefined => {
      const status = {
        uri: 'https://a.example/1',
        created_at: '2026-11-20T12:00:00Z',
        visibility: 'public',
        content: 'hi',
      };
      const outcome = processed(NAME, JSON.stringify({ ...status, account: { acct, url } }));
      return rowsOfOutcome(outcome)[0]?.Username;
    };
    expect(authorOf('ada', 'https://a.example/@ada')).to.equal('ada@a.example');
    expect(authorOf('ada', 'https://b.example/@ada')).to.equal('ada@b.example');
    expect(authorOf('ada@a.example', 'https://a.example/@ada')).to.equal('ada@a.example');
    expect(authorOf('ada', null)).to.equal('ada');
  });

  it('takes statuses as Mastodon streams them by WebSocket, and drops what else it tells there', () => {
    const streamed = (event: string, payload?: string) =>
      processed(NAME, JSON.stringify({ stream: ['public'], event, payload }));
    const statuses = EVENTS.filter(({ json, outcome }) => json?.uri && 'rows' in outcome);
    expect(statuses).to.have.length.of.at.least(50);
    for (const event of ['update', 'status.update'])
      for (const { line, outcome } of statuses) expect(streamed(event, line), line).to.deep.equal(outcome);
    for (const told of [streamed('delete', '17'), streamed('filters_changed'), streamed('notification', '{"id":"1"}')])
      expect(told).to.deep.equal({ rows: [] });
    for (const broken of ['{"uri":', '7', '{}']) expect(reasonOf(streamed('update', broken))).to.equal('UnknownShape');
  });

  it('keeps the post of an author who is called as a hashtag in it', () => {
    const user = { name: '#lluvia', screen_name: 'lluvia' };
    const tweet = {
      id_str: '1',
      created_at: 'Fri Nov 20 12:00:00 +0000 2026',
      text: 'otra vez #lluvia',
      lang: 'es',
      user,
    };
    const rows = rowsOfOutcome(processed(NAME, JSON.stringify(tweet)));
    expect(tableOf(rows).map(({ Username, Type }) => `${Username} ${Type}`)).to.have.members([
      '@#lluvia X',
      '#lluvia hashtag',
    ]);
  });

  it('finds the author of a tweet that its client made flat', () => {
    expect(postWith('Is the 23:40 running').Username).to.equal('Tram Timetable Reader');
  });

  it('drops bots, reposts on each network, and what is not public', () => {
    const dropped = EVENTS.filter(({ outcome }) => 'rows' in outcome && outcome.rows.length === 0).map(
      ({ json }) => json,
    );
    const count = (is: (json: Line) => unknown): number => dropped.filter(is).length;
    expect(count((json) => json.account?.bot)).to.equal(5);
    expect(count((json) => json.visibility && json.visibility !== 'public')).to.equal(4);
    for (const repost of [
      (json: Line) => json.retweeted_status,
      (json: Line) => json.data?.referenced_tweets,
      (json: Line) => json.commit?.collection === 'app.bsky.feed.repost',
      (json: Line) => json.reblog,
    ])
      expect(count(repost)).to.be.at.least(1);
    expect(ROWS.filter(({ Message }) => /^RT @/.test(Message!))).to.deep.equal([]);
  });

  it('drops likes, deletions and news of accounts', () => {
    const dropped = EVENTS.filter(({ outcome }) => 'rows' in outcome && outcome.rows.length === 0).map(
      ({ json }) => json,
    );
    expect(dropped.filter((json) => json.commit?.collection === 'app.bsky.feed.like')).to.have.lengthOf(10);
    expect(dropped.filter((json) => json.commit?.operation === 'delete')).to.have.lengthOf(2);
    expect(dropped.filter((json) => ['account', 'identity'].includes(json.kind))).to.have.lengthOf(2);
  });

  it('puts an update in the place of its post', () => {
    expect(postWith('one way to be wet').Type).to.equal('Bluesky');
    expect(POSTS.filter(({ Message }) => Message?.includes('three ways to be wet'))).to.deep.equal([]);
    expect(postWith('The owl is back on duty').Type).to.equal('Mastodon');
    expect(query('#goodnight')).to.have.lengthOf(1);
  });

  it('makes one row of a post that was sent twice', () => {
    const repeats = EVENTS.filter(({ line }, index) => LINES.indexOf(line) !== index);
    expect(repeats).to.have.lengthOf(6);
    const repeated = repeats.reduce((sum, { expected }) => sum + expected.rows.length, 0);
    // The two updates have the hashtag that they had before.
    expect(ROWS.length - TABLE.length).to.equal(repeated + 4);
  });

  const HOPELESS: [text: string, detail: string][] = [
    ['Who am I? #who', 'id_str is null; expected a text that is not empty'],
    ['Nobody #nobody', 'user.name is nothing; expected a text that is not empty'],
    ['When? #when', 'created_at is a text of 16 characters; expected a date like "Sun Aug 31 00:29:15 +0000 2014"'],
    ['Tick #tick', 'data.created_at is a text of 9 characters; expected an RFC 3339 time like "2026-11-20T12:00:00Z"'],
    ['no key #key', 'commit.rkey is nothing; expected a text that is not empty'],
    ['late? #late', 'time_us is a text of 16 characters; expected microseconds since 1970'],
    ['status_without_time__', 'created_at is null; expected an RFC 3339 time like "2026-11-20T12:00:00Z"'],
    ['status_without_acct__', 'account.acct is nothing; expected a text that is not empty'],
  ];
  for (const [text, detail] of HOPELESS)
    it(`sets "${text}" aside, since ${detail}`, () => {
      expect(detailOf(NAME, LINES.find((line) => line.includes(text))!)).to.equal(detail);
    });

  it('counts the posts of each hashtag by the hour, a post once', () => {
    const hashtags: Record<string, Group> = {};
    const once = new Map<string, [hour: string, tag: string]>();
    for (const { expected } of EVENTS)
      for (const { Id, Timestamp, Data } of expected.rows?.slice(0, 1) ?? [])
        for (const tag of Data.hashtags) once.set(`${Id} ${tag}`, [Timestamp.slice(0, 13), tag]);
    for (const [hour, tag] of once.values()) addTo(hashtags, `${hour} ${tag}`);
    expect(groupsOf(NAME, 'hashtags', TABLE)).to.deep.equal(hashtags);
    const top = query('#marathonday').length;
    expect(top).to.be.at.least(15);
    const hours = Object.entries(hashtags).filter(([group]) => group.endsWith(' #marathonday'));
    expect(hours.reduce((sum, [, { count }]) => sum + count, 0)).to.equal(top);
  });

  it('counts the posts of each language by network and hour', () => {
    const languages: Record<string, Group> = {};
    const once = new Map(
      EVENTS.flatMap(({ expected }) => expected.rows?.slice(0, 1) ?? []).map((row: Line) => [row.Id, row]),
    );
    for (const { Timestamp, Type, Data } of once.values())
      addTo(languages, `${Timestamp.slice(0, 13)} ${Type} ${Data.language}`);
    expect(groupsOf(NAME, 'languages', TABLE)).to.deep.equal(languages);
    expect(new Set(Object.keys(languages).map((group) => group.split(' ')[2])).size).to.be.at.least(60);
  });
});
