import { parseJson } from '../../../core/event-bytes.ts';
import { isObject, isText, type JsonObject, type JsonValue } from '../../../core/json.ts';
import { type SourceEvent, toSourceEvent } from '../../../core/source-event.ts';
import { saidBy } from './failure.ts';

/** What a line of the stream is. */
export type Message =
  | { kind: 'keep-alive' }
  | { kind: 'tweet'; id: string; event: SourceEvent }
  /** Something else than a tweet; `refused` where it says that X will not serve this connection. */
  | { kind: 'notice' | 'problem' | 'refused'; message: string };

/**
 * Tells what a line of the stream is, by its shape, since X adds messages at will.
 * https://docs.x.com/x-api/fundamentals/handling-disconnections
 */
export const messageOf = (line: Uint8Array): Message => {
  if (line.length === 0) return { kind: 'keep-alive' };
  const json = parsed(line);
  if (!isObject(json)) return { kind: 'problem', message: `X sent a line of ${line.length} bytes that is no message` };
  if (isNotice(json)) return { kind: 'notice', message: `X sent a notice: ${Object.keys(json).join()}` };
  if (isObject(json.data) && isText(json.data.id))
    return { kind: 'tweet', id: json.data.id, event: { ...toSourceEvent(line), ...timeOf(json.data) } };
  const message = `X sent a message that is no tweet: ${saidBy(json) || 'it does not say what it is'}`;
  return { kind: isRefusal(json) ? 'refused' : 'problem', message };
};

/** https://developer.x.com/en/docs/twitter-api/v1/tweets/filter-realtime/guides/streaming-message-types */
const NOTICES = ['delete', 'scrub_geo', 'limit', 'status_withheld', 'user_withheld', 'disconnect', 'warning'];

/** What X's stream says about itself or about earlier tweets: an object by one of these names, and nothing else. */
const isNotice = (json: JsonObject): boolean => {
  const [name, ...others] = Object.keys(json);
  return name !== undefined && others.length === 0 && NOTICES.includes(name) && isObject(json[name]);
};

/** A time that cannot be read is none; whether the tweet can be stored is for the function to say. */
const timeOf = ({ created_at: createdAt }: JsonObject): { time?: number } => {
  const time = typeof createdAt === 'string' ? Date.parse(createdAt) : Number.NaN;
  return Number.isNaN(time) ? {} : { time };
};

/** X says so by itself or in a list of errors, and names the issue or not. */
const isRefusal = (json: JsonObject): boolean =>
  [json, ...(Array.isArray(json.errors) ? json.errors : [])].some(
    (said) => isObject(said) && (isText(said.connection_issue) || said.title === 'ConnectionException'),
  );

const parsed = (line: Uint8Array): JsonValue | undefined => {
  try {
    return parseJson(line);
  } catch {
    return undefined;
  }
};
