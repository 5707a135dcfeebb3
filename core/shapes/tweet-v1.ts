import { fieldOf, isPresent, isText, type JsonObject, type JsonValue } from '../json.ts';
import { keyText } from '../key-text.ts';
import { fromMilliseconds, fromV1Date } from '../timestamp.ts';
import type { Shape } from './shape.ts';
import { retweetText, tweetText } from './tweet-text.ts';

/** A tweet of the v1.1 API. Its number `id` has lost its last digits in any JavaScript; `id_str` has them. */
export const tweetV1: Shape = {
  name: 'a v1.1 tweet (id_str, user)',
  takesTextsOnly: true,
  // Messages of chats may have an id_str, a user and a text as well, but also a type.
  matches: (json) =>
    'id_str' in json && !('type' in json) && ['user', 'text', 'full_text'].some((name) => name in json),
  partitionKey: (json) => [fieldOf(json.user, 'screen_name'), fieldOf(json.user, 'id_str'), json.id_str].find(isText),
  toRow: (json, { arrivedAt }) => ({
    // Of a user that was trimmed (`trim_user`) only the id is left.
    Username: keyText('user.name', ...['name', 'screen_name', 'id_str'].map((name) => fieldOf(json.user, name))),
    Id: keyText('id_str', json.id_str),
    Timestamp: timeOf(json) ?? arrivedAt,
    Type: 'tweet',
    Message: tweetText(
      'text',
      retweetText(json.text ?? json.full_text, originalOf(json.retweeted_status)),
      fieldOf(json.extended_tweet, 'full_text'),
      json.full_text,
      json.text,
    ),
  }),
};

/** The whole text of the tweet that was retweeted, where the message has it. */
const originalOf = (tweet: JsonValue | undefined): JsonValue | undefined =>
  fieldOf(fieldOf(tweet, 'extended_tweet'), 'full_text') ??
  fieldOf(tweet, 'full_text') ??
  (fieldOf(tweet, 'truncated') === true ? undefined : fieldOf(tweet, 'text'));

const timeOf = ({ timestamp_ms, created_at }: JsonObject): string | undefined => {
  if (isPresent(timestamp_ms)) return fromMilliseconds('timestamp_ms', timestamp_ms);
  return isPresent(created_at) ? fromV1Date('created_at', created_at) : undefined;
};
