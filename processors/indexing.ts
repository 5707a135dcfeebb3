/**
 * Makes posts searchable: next to its own row a post has one of each of its hashtags and words, in any script, so that one Query for
 * `#lluvia` or `lluvia` finds all posts with it, in order of time and with their text. The rollups count both by the hour.
 */
import { ExactNumber } from '../core/exact-number.ts';
import { InvalidEventError } from '../core/invalid-event.ts';
import { isText, kindOf } from '../core/json.ts';
import { keyText } from '../core/key-text.ts';
import type { Processor } from '../core/processor.ts';
import type { Shape } from '../core/shapes/shape.ts';
import { fromRfc3339 } from '../core/timestamp.ts';

/** Each term costs a write. */
const TERMS_OF_A_POST = 20;
const CHARACTERS = 5_000;

/** `{"id":"p-1","author":"amara_of_the_lagoon","time":"2026-11-20T07:00:00Z","text":"Rain over #Lagos"}` */
const post: Shape = {
  name: 'a post (author, text)',
  matches: (json) => 'author' in json && 'text' in json,
  partitionKey: ({ author }) => (isText(author) ? author : undefined),
  toRow: ({ id, author, time, text, lang, hidden }) => {
    if (!isText(text) || text.length > CHARACTERS)
      throw new InvalidEventError('FieldInvalid', `text is ${kindOf(text)}; expected 1 to ${CHARACTERS} characters`);
    const Timestamp = fromRfc3339('time', time);
    // No term begins with @, so an author and a term of the same name stay apart.
    const Username = `@${keyText('author', author).replace(/^@/, '').toLowerCase()}`;
    const Id = `${Timestamp} ${keyText('id', typeof id === 'number' || id instanceof ExactNumber ? `${id}` : id)}`;
    const Data = { author: Username, lang: lang ?? null };
    return { Username, Id, Timestamp, Type: hidden === true ? 'hidden' : 'post', Message: text, Data };
  },
};

const ADDRESS = /https?:\/\/\S+|[\w.+-]{1,64}@[\w.-]{1,255}|@\w+/g;
const HASHTAG = /(?<![\p{L}\p{M}\p{N}_&/])[#＃](?=[\p{N}_]*\p{L})([\p{L}\p{M}\p{N}_\u200c]{1,100})/gu;
/** It finds words where no spaces are between them as well: in Chinese, Japanese, Thai. Made with the first post: it takes 20 ms. */
let words: Intl.Segmenter | undefined;
/** Two characters say much in most scripts, but not in these three. */
const TERM = /^(?![\p{Script=Latin}\p{Script=Cyrillic}\p{Script=Greek}]{1,2}$)\p{L}[\p{L}\p{M}\p{N}_'’.\u200c]{1,49}$/u;
const ELISION = /^(?:\p{L}|qu)['’]|['’]s$/gu;
/** Words of the most common languages that nobody looks for. */
const COMMON =
  `the and for that this with you are was but not has have had from they his her our your all out just who what when there
  los las una por con del que para como más pero les des une est pas dans pour sur qui avec der die das und ist ein eine nicht mit den
  uma com não dos что это как для bir için และ ที่ ของ ได้ ไม่ です ます した する から まで この って 一个 我们 这个 没有`.split(
    /\s+/,
  );

/** Hashtags first, then words as they come. Lower case makes two characters of İ. */
const termsOf = (message: string): string[] => {
  const text = message.normalize('NFC').toLowerCase().replaceAll('i\u0307', 'i').replace(ADDRESS, ' ');
  const terms = new Set([...text.matchAll(HASHTAG)].map(([, tag]) => `#${tag}`));
  words ??= new Intl.Segmenter('und', { granularity: 'word' });
  for (const { segment, isWordLike } of words.segment(text)) {
    if (terms.size >= TERMS_OF_A_POST) break;
    const word = isWordLike ? segment.replace(ELISION, '') : '';
    if (TERM.test(word) && !COMMON.includes(word)) terms.add(word);
  }
  return [...terms].slice(0, TERMS_OF_A_POST);
};

export default {
  shapes: [post],
  process: (row) => {
    if (row.Type === 'hidden') return undefined;
    // A processor sees one event, so a word that an edit takes away keeps its row.
    const rowOf = (Username: string) => ({ ...row, Username, Type: Username.startsWith('#') ? 'hashtag' : 'word' });
    return [row, ...termsOf(row.Message ?? '').map(rowOf)];
  },
  rollups: [
    { name: 'terms', every: 'hour', of: ({ Type, Username: group }) => (Type === 'post' ? undefined : { group }) },
    { name: 'posts', every: 'hour', of: ({ Type, Username: group }) => (Type === 'post' ? { group } : undefined) },
  ],
} satisfies Processor;
