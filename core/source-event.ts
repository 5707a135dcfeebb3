import { createHash } from 'node:crypto';
import { parseJson } from './decode.ts';
import { isObject, isText, type JsonObject, type JsonValue } from './json.ts';
import { PARTITION_KEY_CHARACTERS } from './limits.ts';
import { isCloudEvent } from './shapes/cloud-event.ts';
import { isJetstream, isPost } from './shapes/jetstream.ts';
import { changedBy, isRecentChange, metaOf } from './shapes/recent-change.ts';
import { authorOf, isTweetV1, isTweetV2 } from './shapes/tweet.ts';

/** What a source yields: the bytes as they came, and the key that keeps the events of one author in order. */
export interface SourceEvent {
  partitionKey: string;
  data: Uint8Array;
  /** When it happened, where a live source says so. Milliseconds since 1970. */
  time?: number;
}

/**
 * What to send for one message of a source, its bytes unchanged.
 *
 * @returns the event; `notice` for the messages of a v1.1 stream and of Jetstream that are none (delete, limit, account, …)
 *
 * Bytes that are no event are sent all the same, keyed by their hash: the function is the one place that rejects.
 */
export const toSourceEvent = (data: Uint8Array): SourceEvent | 'notice' => {
  const json = parseOrNothing(data);
  if (!isObject(json)) return { partitionKey: hashOf(data), data };
  if (isNotice(json)) return 'notice';
  const found = (partitionKeyOf(json) ?? '').toWellFormed();
  return { partitionKey: found === '' || [...found].length > PARTITION_KEY_CHARACTERS ? hashOf(data) : found, data };
};

const parseOrNothing = (data: Uint8Array): JsonValue | undefined => {
  try {
    return parseJson(data);
  } catch {
    return undefined;
  }
};

const partitionKeyOf = (json: JsonObject): string | undefined => {
  if (isCloudEvent(json)) return [json.partitionkey, json.subject, json.id].find(isText);
  if (isRecentChange(json)) return [changedBy(json), metaOf(json).id].find(isText);
  if (isJetstream(json)) return isText(json.did) ? json.did : undefined;
  if (isTweetV2(json)) return [authorOf(json)?.username, json.data.author_id, json.data.id].find(isText);
  if (isTweetV1(json)) return [isObject(json.user) ? json.user.screen_name : undefined, json.id_str].find(isText);
  return undefined;
};

const hashOf = (data: Uint8Array): string => createHash('sha256').update(data).digest('hex');

/** https://developer.x.com/en/docs/twitter-api/v1/tweets/filter-realtime/guides/streaming-message-types */
const NOTICES = new Set(['delete', 'scrub_geo', 'limit', 'status_withheld', 'user_withheld', 'disconnect', 'warning']);

const isNotice = (json: JsonObject): boolean => {
  if (isJetstream(json)) return !isPost(json);
  const [name, ...others] = Object.keys(json);
  return name !== undefined && others.length === 0 && NOTICES.has(name) && isObject(json[name]);
};
