import type { EventData } from '../event-data.ts';
import { InvalidEventError } from '../invalid-event.ts';
import { isObject, type JsonObject, type JsonValue, shown } from '../json.ts';
import { keyText } from '../key-text.ts';

/** The collection that holds the posts of Bluesky. https://docs.bsky.app/docs/advanced-guides/posts */
export const POSTS = 'app.bsky.feed.post';

/** A message of Jetstream: a change to what an account keeps (`commit`), or to the account itself. */
type JetstreamMessage = JsonObject & { kind: 'commit' | 'account' | 'identity' };
type Commit = JetstreamMessage & { commit: JsonObject };

/**
 * A message of Bluesky's Jetstream. Its time, in microseconds, has sixteen digits, but stays below 2^53 until the year 2255.
 * https://github.com/bluesky-social/jetstream
 */
export const isJetstream = (json: JsonObject): json is JetstreamMessage => {
  const { kind } = json;
  // A CloudEvent may carry any field besides its own.
  if (!('did' in json) || 'specversion' in json) return false;
  return kind === 'commit'
    ? isObject(json.commit)
    : (kind === 'account' || kind === 'identity') && isObject(json[kind]);
};

/** Whether the message brings a post, new or changed. All others are no events: those of accounts, deletes, likes, … */
export const isPost = (message: JetstreamMessage): message is Commit => {
  const { commit } = message;
  return isObject(commit) && commit.collection === POSTS && OPERATIONS.includes(commit.operation);
};

const OPERATIONS: readonly (JsonValue | undefined)[] = ['create', 'update'];

/** The row of a post; an update takes its place. `arrivedAt` (ISO 8601) stands in where the post names no time. */
export const fromJetstream = (message: JetstreamMessage, arrivedAt: string): EventData => {
  if (!isPost(message)) throw new InvalidEventError('FieldInvalid', `${described(message)}; expected a post`);
  const { did, time_us, commit } = message;
  const repository = keyText('did', did);
  return {
    Username: repository,
    Id: `at://${repository}/${POSTS}/${keyText('commit.rkey', commit.rkey)}`,
    Timestamp: time_us === undefined || time_us === null ? arrivedAt : fromMicroseconds('time_us', time_us),
    Type: POSTS,
    Message: text('commit.record.text', isObject(commit.record) ? commit.record.text : undefined),
  };
};

/** What a message is about, without anything of what a person wrote. */
export const described = ({ kind, commit }: JetstreamMessage): string =>
  isObject(commit)
    ? `a commit with the operation ${shown(commit.operation)} in the collection ${shown(commit.collection)}`
    : `a message of the kind ${shown(kind)}`;

const text = (field: string, found: JsonValue | undefined): string => {
  if (typeof found !== 'string')
    throw new InvalidEventError('FieldInvalid', `${field} is ${shown(found)}; expected the text of the post`);
  return found;
};

const fromMicroseconds = (field: string, found: JsonValue): string => {
  const time = new Date(typeof found === 'number' && found >= 0 ? Math.floor(found / 1_000) : Number.NaN);
  if (Number.isNaN(time.getTime()))
    throw new InvalidEventError('FieldInvalid', `${field} is ${shown(found)}; expected microseconds since 1970`);
  return time.toISOString();
};
