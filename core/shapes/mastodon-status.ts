import { textOfHtml } from '../extractors/hypertext.ts';
import { accountOf } from '../extractors/posts.ts';
import { isObject, isText, type JsonObject, parsedJson } from '../json.ts';
import { keyText } from '../key-text.ts';
import { fromRfc3339 } from '../timestamp.ts';
import { anyObject } from './any-object.ts';
import type { Shape } from './shape.ts';

/**
 * A status of Mastodon, whose text is HTML, by itself or as the streaming API sends it by WebSocket.
 * https://docs.joinmastodon.org/entities/Status/
 */
export const mastodonStatus: Shape = {
  name: 'a status of Mastodon (uri, account, content)',
  matches: (json) => {
    const { uri, account, content } = statusIn(json);
    return isText(uri) && isObject(account) && typeof content === 'string';
  },
  partitionKey: (json) => [accountOf(statusIn(json).account)].find(isText),
  toRow: (json) => {
    const { uri, account, created_at, content } = statusIn(json);
    const Username = keyText('account.acct', accountOf(account));
    const Timestamp = fromRfc3339('created_at', created_at);
    return { Username, Id: keyText('uri', uri), Timestamp, Type: 'status', Message: textOfHtml(`${content}`) };
  },
};

/**
 * The status in a message of the streaming API, which has it as text; anything else as it is.
 * https://docs.joinmastodon.org/methods/streaming/#events
 */
export const statusIn = (json: JsonObject): JsonObject => {
  const { event, payload } = json;
  const status = UPDATES.has(event) && isText(payload) ? parsedJson(payload) : json;
  return isObject(status) ? status : json;
};

const UPDATES: ReadonlySet<unknown> = new Set(['update', 'status.update']);

/** What else the streaming API tells: a deletion, a notification, an announcement. */
export const mastodonMessage: Shape = {
  ...anyObject,
  name: 'another message of Mastodon (stream, event)',
  matches: ({ stream, event }) => Array.isArray(stream) && isText(event) && !UPDATES.has(event),
};
