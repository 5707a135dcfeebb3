import { expect } from 'chai';
import type { EventData } from '../../core/event-data.ts';
import { hashtagsIn } from '../support/hashtags.ts';
import {
  addTo,
  detailOf,
  eventsOfUse,
  type Group,
  groupsOf,
  itMakesWhatItsLinesSay,
  type Line,
  processed,
  reasonOf,
  rowsFor,
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

const ofBluesky = ({ did, time_us, commit: { collection, operation, rkey, record } = {} }: Line): Post => ({
  network: 'Bluesky',
  author: did,
  id: rkey && `at://${did}/app.bsky.feed.post/${rkey}`,
  time: typeof time_us === 'number' ? Math.floor(time_us / 1000) : undefined,
  text: record?.text,
  language: record?.langs?.[0],
  leftOut: collection !== 'app.bsky.feed.post' || operation === 'delete',
});

const ofMastodon = (json: Line): Post => ({
  network: 'Mastodon',
  author: json.account.acct,
  id: json.uri,
  time: json.created_at ?? undefined,
  text: textOf(json.content),
  language: json.language,
  leftOut: json.account.bot || json.visibility !== 'public' || json.reblog !== null,
});

const ofX = (tweet: Line, [author]: Line[]): Post => ({
  network: 'X',
  author: author.name,
  id: tweet.id,
  time: tweet.created_at,
  text: unescaped(tweet.note_tweet?.text ?? tweet.text),
  language: tweet.lang,
  leftOut: tweet.referenced_tweets?.[0].type === 'retweeted',
});

const ofOldX = (json: Line): Post => ({
  network: 'X',
  author: json.user?.name,
  id: json.id_str,
  time: json.timestamp_ms && Number(json.timestamp_ms),
  text: json.text === null ? null : unescaped(json.text),
  language: json.lang,
  leftOut: 'retweeted_status' in json,
});

/** What a line says, whichever network it comes from. */
const postOf = (json: Line): Post | undefined => {
  if (json.did) return ofBluesky(json);
  if (json.uri) return typeof json.content === 'string' ? ofMastodon(json) : undefined;
  const tweet = json.data ?? json;
  if (tweet.edit_history_tweet_ids && tweet.text) return ofX(tweet, json.includes?.users ?? [json.author]);
  return 'id_str' in json ? ofOldX(json) : undefined;
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
const TABLE: Line[] = tableOf(ROWS);

const query = (key: string): EventData[] => TABLE.filter(({ Username }) => Username === key);

describe('social-media', () => {
  itMakesWhatItsLinesSay(EVENTS);

  it('tells people apart who have one name on two servers of Mastodon, and knows one whom both name', () => {
    const authorOf = (acct: string, url: string | null): string | undefined => {
      const status = {
        uri: 'https://a.example/1',
        created_at: '2026-11-20T12:00:00Z',
        visibility: 'public',
        content: 'hi',
      };
      const outcome = processed(NAME, { ...status, account: { acct, url } });
      return rowsOfOutcome(outcome)[0]?.Username;
    };
    expect(authorOf('ada', 'https://a.example/@ada')).to.equal('ada@a.example');
    expect(authorOf('ada', 'https://b.example/@ada')).to.equal('ada@b.example');
    expect(authorOf('ada@a.example', 'https://a.example/@ada')).to.equal('ada@a.example');
    expect(authorOf('ada', null)).to.equal('ada');
  });

  it('takes statuses as Mastodon streams them by WebSocket, and drops what else it tells there', () => {
    const streamed = (event: string, payload?: string) => processed(NAME, { stream: ['public'], event, payload });
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
    const rows = rowsFor(NAME, tweet);
    expect(tableOf(rows).map(({ Username, Type }) => `${Username} ${Type}`)).to.have.members([
      '@#lluvia X',
      '#lluvia hashtag',
    ]);
  });

  const HOPELESS: [text: string, detail: string][] = [
    ['status_without_time__', 'created_at is null; expected an RFC 3339 time like "2026-11-20T12:00:00Z"'],
    ['status_without_acct__', 'account.acct is nothing; expected a text that is not empty'],
  ];
  for (const [text, detail] of HOPELESS)
    it(`sets "${text}" aside, since ${detail}`, () => {
      expect(detailOf(NAME, LINES.find((line) => line.includes(text))!)).to.equal(detail);
    });

  it('counts the posts of each hashtag by the hour, a post once', () => {
    const hashtags: Record<string, Group> = {};
    for (const { Type, Username, Timestamp } of TABLE)
      if (Type === 'hashtag') addTo(hashtags, `${Timestamp.slice(0, 13)} ${Username}`);
    expect(groupsOf(NAME, 'hashtags', TABLE)).to.deep.equal(hashtags);
    const top = query('#marathonday').length;
    expect(top).to.be.at.least(15);
    const hours = Object.entries(hashtags).filter(([group]) => group.endsWith(' #marathonday'));
    expect(hours.reduce((sum, [, { count }]) => sum + count, 0)).to.equal(top);
  });

  it('counts the posts of each language by network and hour', () => {
    const languages: Record<string, Group> = {};
    for (const { Type, Timestamp, Data } of TABLE)
      if (Type !== 'hashtag') addTo(languages, `${Timestamp.slice(0, 13)} ${Type} ${Data.language}`);
    expect(groupsOf(NAME, 'languages', TABLE)).to.deep.equal(languages);
    expect(new Set(Object.keys(languages).map((group) => group.split(' ')[2])).size).to.be.at.least(60);
  });
});
