import { fieldOf, isObject, isPresent, isText, type JsonObject, type JsonValue, objectsIn } from '../json.ts';
import { keyText } from '../key-text.ts';
import { fromRfc3339 } from '../timestamp.ts';
import type { Shape } from './shape.ts';
import { retweetText, tweetText } from './tweet-text.ts';

/**
 * A tweet of the v2 API: `data`, with its author under `includes`. Clients also flatten it: the tweet by itself, with its author in it.
 * https://docs.x.com/x-api/fundamentals/data-dictionary
 */
export const tweetV2: Shape = {
  name: 'a v2 tweet (data.id, data.text)',
  takesTextsOnly: true,
  matches: (json) => tweetIn(json) !== undefined,
  partitionKey: (json) => {
    const tweet = tweetIn(json);
    return [authorIn(json)?.username, tweet?.author_id, tweet?.id].find(isText);
  },
  toRow: (json, { arrivedAt }) => {
    const tweet = tweetIn(json) ?? {};
    return {
      // A tweet with the default fields of the API has no author.
      Username: keyText('data.id', authorIn(json)?.name, tweet.author_id, tweet.id),
      Id: keyText('data.id', tweet.id),
      Timestamp: isPresent(tweet.created_at) ? fromRfc3339('data.created_at', tweet.created_at) : arrivedAt,
      Type: 'tweet',
      Message: tweetText('data.text', retweetText(tweet.text, originalIn(json)), ...textsOf(tweet), tweet.text),
    };
  },
};

/** Whether a value is a tweet by itself: its id is a number in a text, or it has the list of edits that only tweets have. */
export const isTweet = (value: JsonValue | undefined): value is JsonObject =>
  isObject(value) &&
  'id' in value &&
  ['text', 'note_tweet', 'note_post'].some((name) => name in value) &&
  (hasEdits(value) || (typeof value.id === 'string' && /^\d{1,20}$/.test(value.id)));

/**
 * Whether a message holds these tweets as those of the API do. Others wrap what has an id and a text in `data` as well, next to fields of
 * their own, such as a type.
 */
export const isMessageOf = (tweets: readonly JsonObject[], message: JsonObject): boolean =>
  tweets.every(hasEdits) || Object.keys(message).every((name) => PARTS.has(name));

/** By this field twarc, which archives tweets, says how it got what it is in. https://twarc-project.readthedocs.io */
const OF_TWARC = '__twarc';

const PARTS = new Set(['data', 'includes', 'matching_rules', 'errors', 'meta', OF_TWARC]);

const tweetIn = (json: JsonObject): JsonObject | undefined => {
  const { data } = json;
  if (isTweet(data)) return isMessageOf([data], json) ? data : undefined;
  return (hasEdits(json) || OF_TWARC in json) && isTweet(json) ? json : undefined;
};

/** The user object of the author, where the message has it. */
const authorIn = (json: JsonObject): JsonObject | undefined => {
  if (!isObject(json.data)) return isObject(json.author) ? json.author : undefined;
  return withId(objectsIn(fieldOf(json.includes, 'users')), json.data.author_id);
};

/**
 * X calls a tweet a post as well, so its fields have two names. Its specification has the newer ones: https://api.x.com/2/openapi.json
 */
const hasEdits = (tweet: JsonObject): boolean => 'edit_history_tweet_ids' in tweet || 'edit_history_post_ids' in tweet;

/** The references of a tweet to others: the id of each, and the type, such as `retweeted`. */
export const referencesOf = (tweet: JsonObject | undefined): JsonObject[] =>
  [tweet?.referenced_tweets, tweet?.referenced_posts].flatMap((list) => objectsIn(list));

/** The tweets that a message includes next to its own. */
export const includedTweets = ({ includes }: JsonObject): JsonObject[] =>
  ['tweets', 'posts'].flatMap((name) => objectsIn(fieldOf(includes, name)));

/** The whole text of a long tweet. */
const textsOf = (tweet: JsonObject | undefined): (JsonValue | undefined)[] => [
  fieldOf(tweet?.note_tweet, 'text'),
  fieldOf(tweet?.note_post, 'text'),
];

/** The text of the tweet that was retweeted, where the message has it. */
const originalIn = (json: JsonObject): JsonValue | undefined => {
  const retweeted = referencesOf(tweetIn(json)).find(({ type }) => type === 'retweeted');
  // A client that flattens puts the tweet itself there.
  const original = withId(includedTweets(json), fieldOf(retweeted, 'id')) ?? retweeted;
  return [...textsOf(original), original?.text].find((text) => typeof text === 'string');
};

const withId = (objects: readonly JsonObject[], id: JsonValue | undefined): JsonObject | undefined =>
  isPresent(id) ? objects.find((object) => object.id === id) : undefined;
