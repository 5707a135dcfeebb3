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
const LINES = EVENTS.map(({ line }) => line);
const rowsOfEvent = ({ outcome }: (typeof EVENTS)[number]) => rowsOfOutcome(outcome);
const ROWS = rowsIn(EVENTS);
const TABLE = tableOf(ROWS);

/** What one Query finds. */
const query = (term: string): EventData[] =>
  TABLE.filter(({ Username }) => Username === term).sort((a, b) => (a.Id < b.Id ? -1 : 1));

const eventOf = (id: string): (typeof EVENTS)[number] => EVENTS.find(({ json }) => json?.id === id)!;

const termsOf = (id: string): string[] =>
  rowsOfEvent(eventOf(id))
    .slice(1)
    .map(({ Username }) => Username);

describe('indexing', () => {
  it('makes of each line of its file the row of its post, or what else the line says', () => {
    expect(LINES).to.have.length.of.at.least(300);
    for (const { line, expected, outcome } of EVENTS) {
      if (expected.reason) expect(outcome, line).to.deep.equal(expected);
      else if (expected.hidden) expect(outcome, line).to.deep.equal({ rows: [] });
      else expect('rows' in outcome && outcome.rows[0], line).to.deep.equal(expected.own);
    }
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

  it('stores, drops and rejects as many as the file holds of each', () => {
    expect(countsOf(EVENTS)).to.deep.equal({
      stored: 305,
      dropped: 4,
      FieldInvalid: 8,
      KeyMissing: 4,
      UnknownShape: 2,
      NotJson: 3,
      NotObject: 3,
    });
  });

  it('finds all posts of a hashtag in order of time, with their authors and texts, whatever came late', () => {
    expect(query('#lluvia').map(({ Timestamp, Message }) => [Timestamp.slice(0, 10), Message])).to.have.deep.members([
      ['2026-11-19', 'Anoche olía a lluvia y nadie me creyó #lluvia'],
      ['2026-11-20', 'Llueve en la plaza y nadie abre el paraguas #lluvia #Valparaíso'],
      ['2026-11-20', 'Llovizna en Quito, sol en la otra acera #Quito #lluvia'],
      ['2026-11-20', 'Llueve sobre la milonga y nadie deja de bailar #milonga #lluvia'],
      ['2026-11-20', 'El malecón está mojado y los músicos también #LaHabana #lluvia'],
      ['2026-11-20', 'Nube en forma de ballena, y debajo la lluvia de verdad #nubes #lluvia'],
    ]);
    expect(query('#lluvia')[0]).to.deep.include({ Data: { author: '@lucia_mira_las_nubes', lang: 'es' } });
    const times = query('#rain').map(({ Timestamp }) => Timestamp);
    expect(times)
      .to.have.length.of.at.least(10)
      .and.to.deep.equal([...times].sort());
  });

  it('finds a word with and without its hashtag', () => {
    const messages = query('rain').map(({ Message }) => Message);
    expect(messages).to.include.members(query('#rain').map(({ Message }) => Message));
    expect(messages).to.include("The baker's rain, the gardener's bread, don't you agree");
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

  it('finds the posts of an author in order of time, apart from what is said about a term of that name', () => {
    expect(query('@touge_no_kishoudai').map(({ Message }) => Message)).to.deep.equal([
      '昨夜の雨で川の水が増えています #雨 #峠',
      '峠は雨です。鹿が三頭、雨宿りしています #雨 #峠',
      '霧が出てきました。バスは来ますが遅れます #霧 #峠',
      '夜九時、気温二度。星が見えます #星空',
    ]);
    expect(query('touge_no_kishoudai')).to.deep.equal([]);
  });

  const WORDS: [what: string, term: string, message: string][] = [
    ['Chinese', '咖啡', '今天在上海喝咖啡，下雨了，咖啡馆里全是猫 #咖啡 #上海'],
    ['Japanese', '処理', 'ストリーム処理の勉強会は明日の夜です #勉強会 #streaming'],
    ['Thai', 'เรือ', 'วันนี้ฝนตกหนัก เรือด่วนเจ้าพระยาหยุดวิ่ง #ฝนตก #กรุงเทพ'],
    ['Korean', '시집을', '비가 오는 날에는 손님이 시집을 찾는다 #비 #책방'],
    ['Hindi', 'ट्रेन', 'लोकल ट्रेन में बारिश, खिड़की बंद, चाय गरम #बारिश #मुंबई'],
    ['Arabic', 'شرفة', 'المطر على شرفة القاهرة والراديو يغني #مطر #القاهرة'],
    ['Hebrew', 'הנמל', 'גשם ראשון בחיפה, הנמל שקט והחתולים רטובים #גשם #חיפה'],
    ['Amharic', 'ተፈልቷል', 'ዝናብ እየዘነበ ነው፣ ቡና ተፈልቷል #ቡና #አዲስአበባ'],
    ['Ukrainian', 'запізнюється', 'Трамвай номер три знову запізнюється через дощ #дощ #трамвай'],
    ['Vietnamese', 'trứng', 'Mưa phùn cả buổi sáng, cà phê trứng vẫn nóng #Hànội #càphê'],
  ];
  for (const [what, term, message] of WORDS)
    it(`finds words of ${what}`, () => {
      expect(query(term).map(({ Message }) => Message)).to.include(message);
    });

  it('takes İ and i, and accents in either form, for the same', () => {
    expect(query('#istanbul')).to.have.lengthOf(3);
    expect(query('#café').map(({ Id }) => Id.split(' ')[1])).to.deep.equal(['p-4507', 'p-4508']);
    expect(termsOf('p-4509')).to.deep.equal(['#bread', 'bread', 'ready', 'good']);
    expect(termsOf('p-4506')[0]).to.equal('#雨');
    expect(query('@mixed_case_author_xy')).to.have.lengthOf(2);
    expect(query('@leading_at_sign_now')).to.have.lengthOf(1);
  });

  it('leaves addresses, mentions, numbers and common words out', () => {
    expect(termsOf('p-4503')).to.deep.equal(['#rain', 'write', 'ask', 'details', 'rain']);
    expect(termsOf('p-4502')).to.deep.equal(['#2fast', '#route66', 'tag', 'route66']);
    expect(termsOf('p-4521')).to.deep.equal(['rain', 'bread', 'v2.1', 'umbrella']);
    expect(termsOf('p-4501')).to.deep.equal([]);
  });

  it('parts articles and possessives from their words', () => {
    expect(termsOf('p-4510')).to.deep.equal(['automne', 'ombre', 'importe', "aujourd'hui", 'dimanche']);
    expect(termsOf('p-4511')).to.deep.equal(['baker', 'rain', 'gardener', 'bread', "don't", 'agree']);
  });

  it('gives a post twenty terms at most, its hashtags first', () => {
    expect(termsOf('p-4504')).to.deep.equal([...'abcdefghijklmnopqrst'].map((letter) => `#tag${letter}`));
    expect(termsOf('p-4505')).to.have.lengthOf(20);
    expect(Math.max(...EVENTS.map((event) => rowsOfEvent(event).length))).to.equal(21);
  });

  it('takes no term that is longer than anybody types', () => {
    expect(termsOf('p-4516')).to.deep.equal(['aaargh']);
  });

  it('counts a word once that a post repeats', () => {
    expect(termsOf('p-4520')).to.deep.equal(['rain', 'once', 'more']);
  });

  it('puts an edit in the place of its post, and finds it by its new terms', () => {
    expect(query('@two_ferrets_one_lead').filter(({ Id }) => Id.endsWith('p-4001'))).to.have.lengthOf(1);
    for (const term of ['#found', '#ferrets', 'biscuit'])
      expect(query(term).find(({ Id }) => Id.endsWith('p-4001'))?.Message, term).to.match(/^Found/);
  });

  it('keeps every digit of an id that is a number, and takes an author who is one', () => {
    const outcome = processed(NAME, '{"id":1,"author":42,"time":"2026-11-20T07:00:00Z","text":"Rain"}');
    expect(rowsOfOutcome(outcome)[0]?.Username).to.equal('@42');
    const ids = query('@numbers_as_ids_2009').map(({ Id }) => Id.split(' ')[1]);
    expect(ids).to.deep.equal(['77120431', '12345678901234567890']);
  });

  it('drops hidden posts', () => {
    expect(EVENTS.filter(({ expected }) => expected.hidden)).to.have.lengthOf(4);
    expect(ROWS.filter(({ Message }) => /note to self|Brouillon|下書き/.test(Message!))).to.deep.equal([]);
  });

  it('makes the rows of one post of a post that was sent twice', () => {
    const repeats = EVENTS.filter(({ line }, index) => LINES.indexOf(line) !== index);
    expect(repeats).to.have.lengthOf(6);
    const repeated = repeats.reduce((sum, event) => sum + rowsOfEvent(event).length, 0);
    // An edit repeats its own row and the terms that stayed.
    const [before, after] = EVENTS.filter(({ json }) => json?.id === 'p-4001').map(rowsOfEvent);
    const stayed = after!.filter(({ Username }) => before!.some((row) => row.Username === Username));
    expect(ROWS.length - TABLE.length).to.equal(repeated + stayed.length);
  });

  const HOPELESS: [id: string, detail: string][] = [
    ['p-4601', 'text is an empty text; expected 1 to 5000 characters'],
    ['p-4603', 'text is an array; expected 1 to 5000 characters'],
    ['p-4611', 'text is a text of 5130 characters; expected 1 to 5000 characters'],
    ['p-4604', 'author is an empty text; expected a text that is not empty, or a number'],
    ['p-4605', 'author is null; expected a text that is not empty, or a number'],
    ['p-4607', 'time is nothing; expected an RFC 3339 time like "2026-11-20T12:00:00Z"'],
    ['p-4608', 'time is a text of 19 characters; expected an RFC 3339 time like "2026-11-20T12:00:00Z"'],
    ['p-4609', 'time is a number; expected an RFC 3339 time like "2026-11-20T12:00:00Z"'],
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
