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
  rowsIn,
  rowsOfOutcome,
  tableOf,
} from '../support/processed.ts';

const NAME = 'indexing';

const isTime = (value: unknown): boolean =>
  typeof value === 'string' && /T/.test(value) && /Z$|[+-]\d\d:\d\d$/.test(value) && !value.includes('02-30');

/** The post's own row, or what else becomes of the line. */
const expectedOf = (json: Line, line: string): Line => {
  if (json.author === undefined || json.text === undefined) return { reason: 'UnknownShape' };
  if (typeof json.text !== 'string' || json.text.length < 1 || json.text.length > 5000)
    return { reason: 'FieldInvalid' };
  if (!isTime(json.time)) return { reason: 'FieldInvalid' };
  if (!json.author || !['string', 'number'].includes(typeof json.id)) return { reason: 'KeyMissing' };
  if (json.hidden) return { hidden: true };
  const Timestamp = new Date(json.time).toISOString();
  const author = `@${json.author.split('@').join('').toLowerCase()}`;
  // Every digit of an id, whatever a double makes of it.
  const id = /^\{"id":"?([^",]+)/.exec(line)?.[1];
  const own = { Username: author, Id: `${Timestamp} ${id}`, Timestamp, Type: 'post', Message: json.text };
  return { own: { ...own, Data: { author, lang: json.lang ?? null } } };
};

const EVENTS = eventsOfUse(NAME, expectedOf);
const rowsOfEvent = ({ outcome }: (typeof EVENTS)[number]) => rowsOfOutcome(outcome);
const ROWS = rowsIn(EVENTS);
const TABLE = tableOf(ROWS);

/** What one Query finds. */
const query = (term: string): EventData[] =>
  TABLE.filter(({ Username }) => Username === term).sort((a, b) => (a.Id < b.Id ? -1 : 1));

const eventOf = (id: string): (typeof EVENTS)[number] => EVENTS.find(({ json }) => json?.id === id)!;

describe('indexing', () => {
  itMakesWhatItsLinesSay(EVENTS, (outcome) => {
    if (!('rows' in outcome)) return outcome;
    const [own] = outcome.rows;
    return own ? { own } : { hidden: true };
  });

  it('gives each hashtag and each word a row that is the post’s own but for its key', () => {
    for (const event of EVENTS) {
      const [own, ...terms] = rowsOfEvent(event);
      for (const row of terms) {
        const Type = row.Username.startsWith('#') ? 'hashtag' : 'word';
        expect(row, event.line).to.deep.equal({ ...own, Username: row.Username, Type });
      }
      expect(new Set(terms.map(({ Username }) => Username)).size).to.equal(terms.length);
    }
  });

  it('finds the hashtags that somebody finds who reads letter by letter', () => {
    for (const event of EVENTS) {
      const [own, ...terms] = rowsOfEvent(event);
      if (!own) continue;
      // What follows # in an address is not a hashtag.
      const text = own.Message!.replace('#frag', '');
      const hashtags = terms.filter(({ Type }) => Type === 'hashtag').map(({ Username }) => Username);
      expect(hashtags, event.line).to.deep.equal(hashtagsIn(text, 20));
    }
  });

  it('makes words of nothing but the text', () => {
    for (const event of EVENTS) {
      const [own, ...terms] = rowsOfEvent(event);
      const letters = own?.Message?.normalize('NFC').toLowerCase().split('i\u0307').join('i') ?? '';
      // Apostrophes are one, and hardly anybody types the doubling sign of Arabic.
      const text = letters.replaceAll(/[’ʻ]/g, "'").replaceAll('\u0651', '');
      for (const { Type, Username } of terms) if (Type === 'word') expect(text).to.include(Username);
    }
  });

  it('finds every post with a word, as a search through all texts does', () => {
    for (const word of ['rain', 'bread', 'umbrella', 'pain', 'дождь', 'باران', 'tramvaj']) {
      const whole = new RegExp(`(?<![\\p{L}\\p{M}@./])${word}(?![\\p{L}\\p{M}@])`, 'iu');
      const posts = TABLE.filter(({ Type, Message }) => Type === 'post' && whole.test(Message!));
      expect(posts, word).to.have.length.of.at.least(1);
      expect(
        query(word).map(({ Id }) => Id),
        word,
      ).to.have.members(posts.map(({ Id }) => Id));
    }
  });

  it('keeps every digit of an id that is a number, and takes an author who is one', () => {
    const outcome = processed(
      NAME,
      '{"id":12345678901234567890,"author":42,"time":"2026-11-20T07:00:00Z","text":"Rain"}',
    );
    expect(rowsOfOutcome(outcome)[0]).to.include({
      Username: '@42',
      Id: '2026-11-20T07:00:00.000Z 12345678901234567890',
    });
  });

  it('has one key for an author in capitals or not, also in Turkish', () => {
    const post = { id: 'p', time: '2026-11-20T07:00:00Z', text: 'Rain' };
    for (const author of ['İREM', '@irem', 'Irem'])
      expect(rowsOfOutcome(processed(NAME, JSON.stringify({ ...post, author })))[0]?.Username).to.equal('@irem');
  });

  const HOPELESS: [id: string, detail: string][] = [
    ['p-4601', 'text is an empty text; expected 1 to 5000 characters'],
    ['p-4605', 'author is null; expected a text that is not empty, or a number'],
    ['p-4607', 'time is nothing; expected an RFC 3339 time like "2026-11-20T12:00:00Z"'],
  ];
  for (const [id, detail] of HOPELESS)
    it(`sets ${id} aside, since ${detail}`, () => {
      expect(detailOf(NAME, eventOf(id).line)).to.equal(detail);
    });

  it('counts the posts of each hashtag and each word by the hour, a post once', () => {
    const once = new Map<string, [hour: string, tags: string[]]>();
    for (const { json, expected } of EVENTS)
      if (expected.own)
        once.set(expected.own.Id, [expected.own.Id.slice(0, 13), hashtagsIn(json.text.replace('#frag', ''), 20)]);
    const hashtags: Record<string, Group> = {};
    for (const [hour, tags] of once.values()) for (const tag of tags) addTo(hashtags, `${hour} ${tag}`);
    // The edit took a hashtag away. Its row stays, as a processor sees one event at a time.
    addTo(hashtags, '2026-11-20T19 #lost');
    const terms = Object.entries(groupsOf(NAME, 'terms', TABLE));
    expect(Object.fromEntries(terms.filter(([group]) => group.includes('#')))).to.deep.equal(hashtags);
    const words = terms.filter(([group]) => !group.includes('#')).reduce((sum, [, { count }]) => sum + count, 0);
    expect(words).to.equal(TABLE.filter(({ Type }) => Type === 'word').length);
  });

  it('counts the posts of each author by the hour', () => {
    const posts: Record<string, Group> = {};
    const once = new Map(
      EVENTS.filter(({ expected }) => expected.own).map(({ expected }) => [expected.own.Id, expected.own]),
    );
    for (const { Username, Timestamp } of once.values()) addTo(posts, `${Timestamp.slice(0, 13)} ${Username}`);
    expect(groupsOf(NAME, 'posts', TABLE)).to.deep.equal(posts);
  });
});
