import { fieldOf, type JsonObject, type JsonValue, objectsIn } from '../json.ts';
import { includedTweets, isMessageOf, isTweet, referencesOf } from '../shapes/tweet-v2.ts';
import type { Envelope } from './envelope.ts';
import { writtenEvents } from './written-events.ts';

/**
 * A page of the v2 API: several tweets in `data`. Each becomes a v2 tweet by itself, with its author and the tweets it refers to.
 * https://docs.x.com/x-api/fundamentals/pagination
 */
export const tweetPage: Envelope = (bytes) => {
  const page = bytes.object;
  const tweets = page?.data;
  if (!page || !Array.isArray(tweets) || tweets.length === 0 || 'specversion' in page) return undefined;
  if (!tweets.every(isTweet) || !isMessageOf(tweets, page)) return undefined;
  const users = byId(objectsIn(fieldOf(page.includes, 'users')));
  const originals = byId(includedTweets(page));
  const write = (tweet: JsonObject): JsonObject => {
    const referenced = referencesOf(tweet).map(({ id }) => id);
    return { data: tweet, includes: { users: found(users, [tweet.author_id]), tweets: found(originals, referenced) } };
  };
  return { events: writtenEvents([{ parts: tweets, write }]), notices: 0 };
};

type ById = ReadonlyMap<JsonValue | undefined, JsonObject>;

const byId = (objects: readonly JsonObject[]): ById => new Map(objects.map((object) => [object.id, object]));

/** Each of them once, however often it is named. */
const found = (objects: ById, ids: readonly (JsonValue | undefined)[]): JsonObject[] =>
  [...new Set(ids)].map((id) => objects.get(id)).filter((object) => object !== undefined);
