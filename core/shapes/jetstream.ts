import { fieldOf, isObject, isPresent, isText, type JsonObject, type JsonValue, shown } from '../json.ts';
import { keyText } from '../key-text.ts';
import { invalid } from '../refuse.ts';
import { fromMicroseconds } from '../timestamp.ts';
import type { Shape } from './shape.ts';

/** The collection that holds the posts of Bluesky. https://docs.bsky.app/docs/advanced-guides/posts */
export const POSTS = 'app.bsky.feed.post';

/** A message of Jetstream: a change to what an account keeps (`commit`), or to the account itself. */
type JetstreamMessage = JsonObject & { kind: 'commit' | 'account' | 'identity' };
type Commit = JetstreamMessage & { commit: JsonObject };

/** Whether it is a message of Jetstream, also one without a post. */
export const isJetstream = (json: JsonObject): json is JetstreamMessage => {
  const { kind } = json;
  // A CloudEvent may have any field besides its own.
  if (!('did' in json) || 'specversion' in json) return false;
  return kind === 'commit'
    ? isObject(json.commit)
    : (kind === 'account' || kind === 'identity') && isObject(json[kind]);
};

/** Whether the message brings a post, new or changed. The others tell of accounts, deletions, likes and so on. */
export const isPost = (message: JetstreamMessage): message is Commit =>
  fieldOf(message.commit, 'collection') === POSTS && OPERATIONS.includes(fieldOf(message.commit, 'operation'));

const OPERATIONS: readonly (JsonValue | undefined)[] = ['create', 'update'];

/**
 * A post of Bluesky, as Jetstream tells of it. An update of a post takes its place. Its time, in microseconds, has sixteen digits, but
 * stays below 2^53 until the year 2255.
 * https://github.com/bluesky-social/jetstream
 */
export const jetstream: Shape = {
  name: 'a post of Bluesky (did, commit)',
  takesTextsOnly: true,
  matches: (json) => isJetstream(json) && isPost(json),
  partitionKey: ({ did }) => (isText(did) ? did : undefined),
  toRow: ({ did, time_us, commit }, { arrivedAt }) => {
    const repository = keyText('did', did);
    return {
      Username: repository,
      Id: `at://${repository}/${POSTS}/${keyText('commit.rkey', fieldOf(commit, 'rkey'))}`,
      Timestamp: isPresent(time_us) ? fromMicroseconds('time_us', time_us) : arrivedAt,
      Type: POSTS,
      Message: textOf(fieldOf(fieldOf(commit, 'record'), 'text')),
    };
  },
};

/** What a message is about, without anything of what a person wrote. */
export const described = ({ kind, commit }: JetstreamMessage): string =>
  isObject(commit)
    ? `a commit with the operation ${shown(commit.operation)} in the collection ${shown(commit.collection)}`
    : `a message of the kind ${shown(kind)}`;

const textOf = (found: JsonValue | undefined): string =>
  typeof found === 'string' ? found : invalid('commit.record.text', found, 'the text of the post');
