import type { JsonValue } from '../json.ts';
import { invalid } from '../refuse.ts';

/**
 * The text of a tweet, with X's three entities unescaped.
 *
 * @param field the name of the last candidate, for the message
 * @param candidates where the text may be, the whole text first
 * @throws {InvalidEventError} FieldInvalid
 */
export const tweetText = (field: string, ...candidates: (JsonValue | undefined)[]): string => {
  const found = candidates.find((value) => typeof value === 'string');
  const text = found ?? invalid(field, candidates.at(-1), 'the text of the tweet');
  return text.replace(/&(?:amp|lt|gt);/g, (entity) => ENTITIES[entity] ?? entity);
};

/** X escapes these three in the text of a tweet and no others, so `&amp;lt;` was written `&lt;`. */
const ENTITIES: Record<string, string> = { '&amp;': '&', '&lt;': '<', '&gt;': '>' };

/** The text of a retweet cuts the original off. This is the same text, `RT @name: ` first, with all of the original. */
export const retweetText = (text: JsonValue | undefined, original: JsonValue | undefined): string | undefined => {
  if (typeof original !== 'string') return undefined;
  const prefix = typeof text === 'string' ? /^RT @\w{1,32}: /.exec(text)?.[0] : undefined;
  return `${prefix ?? ''}${original}`;
};
