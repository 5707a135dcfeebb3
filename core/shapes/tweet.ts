import type { EventData } from '../event-data.ts';
import { InvalidEventError } from '../invalid-event.ts';
import { isObject, type JsonObject, type JsonValue, shown } from '../json.ts';
import { keyText } from '../key-text.ts';
import { fromMilliseconds, fromRfc3339, fromV1Date } from '../timestamp.ts';

/** A tweet of the v1.1 API. Its number `id` has lost its last digits in any JavaScript; `id_str` has them. */
export const isTweetV1 = (json: JsonObject): boolean => 'id_str' in json || ('user' in json && 'text' in json);

/** A tweet of the v2 API: `data`, with its author under `includes`. */
export const isTweetV2 = (json: JsonObject): json is JsonObject & { data: JsonObject } => {
  const { data } = json;
  return isObject(data) && 'id' in data && ['text', 'note_tweet', 'note_post'].some((name) => name in data);
};

/** The row of a v1.1 tweet. `arrivedAt` (ISO 8601) stands in where the tweet names no time. */
export const fromTweetV1 = (tweet: JsonObject, arrivedAt: string): EventData => {
  const user = isObject(tweet.user) ? tweet.user : {};
  return {
    Username: keyText('user.name', user.name, user.screen_name),
    Id: keyText('id_str', tweet.id_str),
    Timestamp: present(tweet.timestamp_ms)
      ? fromMilliseconds('timestamp_ms', tweet.timestamp_ms)
      : present(tweet.created_at)
        ? fromV1Date('created_at', tweet.created_at)
        : arrivedAt,
    Type: 'tweet',
    Message: message('text', within(tweet.extended_tweet, 'full_text'), tweet.full_text, tweet.text),
  };
};

/** The row of a v2 tweet. `arrivedAt` (ISO 8601) stands in where the tweet names no time. */
export const fromTweetV2 = (tweet: JsonObject & { data: JsonObject }, arrivedAt: string): EventData => {
  const { data } = tweet;
  return {
    Username: keyText('data.author_id', authorOf(tweet)?.name, data.author_id),
    Id: keyText('data.id', data.id),
    Timestamp: present(data.created_at) ? fromRfc3339('data.created_at', data.created_at) : arrivedAt,
    Type: 'tweet',
    // The specification calls it note_post as well.
    Message: message('data.text', within(data.note_tweet, 'text'), within(data.note_post, 'text'), data.text),
  };
};

/** The user object of a v2 tweet's author, where the stream was asked to include it. */
export const authorOf = (tweet: JsonObject & { data: JsonObject }): JsonObject | undefined => {
  const users = within(tweet.includes, 'users');
  if (!Array.isArray(users)) return undefined;
  return users.filter(isObject).find((user) => present(user.id) && user.id === tweet.data.author_id);
};

const present = (value: JsonValue | undefined): boolean => value !== undefined && value !== null;

const within = (value: JsonValue | undefined, name: string): JsonValue | undefined =>
  isObject(value) ? value[name] : undefined;

const message = (field: string, ...candidates: (JsonValue | undefined)[]): string => {
  const found = candidates.find((value) => typeof value === 'string');
  if (found === undefined)
    throw new InvalidEventError(
      'FieldInvalid',
      `${field} is ${shown(candidates.at(-1))}; expected the text of the tweet`,
    );
  return unescapeText(found);
};

const ENTITIES: Record<string, string> = { '&amp;': '&', '&lt;': '<', '&gt;': '>' };

/** X escapes these three in the text of a tweet and no others, so `&amp;lt;` was written `&lt;`. */
const unescapeText = (text: string): string => text.replace(/&(?:amp|lt|gt);/g, (entity) => ENTITIES[entity] ?? entity);
