/**
 * Makes posts searchable. Next to its own row a post has one for each of its hashtags and words, in any script. One Query for `#lluvia`
 * or `lluvia` finds all posts with it, in order of time and with their text. The rollups count both by the hour.
 */

import { termsIn } from '../core/extractors/terms.ts';
import { isText, isTrue } from '../core/json.ts';
import { idText, keyOfId } from '../core/key-text.ts';
import { lowerCase } from '../core/lower-case.ts';
import type { Processor } from '../core/processor.ts';
import { invalid } from '../core/refuse.ts';
import type { Shape } from '../core/shapes/shape.ts';
import { fromRfc3339 } from '../core/timestamp.ts';

/** Each term costs a write. */
const TERMS_OF_A_POST = 20;
const CHARACTERS = 5_000;

/** `{"id":"p-1","author":"amara_of_the_lagoon","time":"2026-11-20T07:00:00Z","text":"Rain over #Lagos"}` */
const post: Shape = {
  name: 'a post (author, text)',
  matches: (json) => 'author' in json && 'text' in json,
  partitionKey: ({ author }) => idText(author),
  toRow: ({ id, author, time, text, lang, hidden }) => {
    if (!isText(text) || text.length > CHARACTERS) invalid('text', text, `1 to ${CHARACTERS} characters`);
    const Timestamp = fromRfc3339('time', time);
    // No term begins with @, so an author and a term of the same name stay apart.
    const Username = `@${lowerCase(keyOfId('author', author)).replace(/^@/, '')}`;
    const Id = `${Timestamp} ${keyOfId('id', id)}`;
    const Data = { author: Username, lang: lang ?? null };
    return { Username, Id, Timestamp, Type: isTrue(hidden) ? 'hidden' : 'post', Message: text, Data };
  },
};

export default {
  shapes: [post],
  process: (row) => {
    if (row.Type === 'hidden') return undefined;
    // A processor sees one event, so a word that an edit takes away keeps its row.
    const rowOf = (Username: string) => ({ ...row, Username, Type: Username.startsWith('#') ? 'hashtag' : 'word' });
    return [row, ...termsIn(row.Message ?? '', TERMS_OF_A_POST).map(rowOf)];
  },
  rollups: [
    { name: 'terms', every: 'hour', of: ({ Type, Username: group }) => (Type === 'post' ? undefined : { group }) },
    { name: 'posts', every: 'hour', of: ({ Type, Username: group }) => (Type === 'post' ? { group } : undefined) },
  ],
} satisfies Processor;
