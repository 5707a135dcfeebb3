import { isObject, isText, type JsonObject } from '../../../core/json.ts';
import { linesOf } from '../../../core/lines.ts';
import { objectIn, type SourceEvent, toSourceEvent } from '../../../core/source-event.ts';
import { DisconnectedError, explanationIn } from '../disconnected.ts';
import { newIds } from '../recent-ids.ts';
import { bytesOf } from '../response-body.ts';
import type { SourceContext } from '../source.ts';
import { unusableMessages } from '../unusable.ts';
import { TooManyConnectionsError } from './failure.ts';
import type { Connection } from './stream-request.ts';

/** Far more than any tweet has; a longer line is not a tweet. Bytes. */
export const MAX_LINE_BYTES = 4 * 1024 * 1024;

/** After a reconnect X repeats some of the last tweets. */
const REMEMBERED_IDS = 1_000;

const REMEDY = 'expected posts: see what the app of these credentials gets at https://console.x.com';

export interface FilteredStreamOptions extends SourceContext {
  connect: () => Promise<Connection>;
  /** How long X may send nothing; it sends an empty line every 20 s. Milliseconds. */
  idleMs: number;
}

/**
 * Reads connections to a filtered stream.
 *
 * @returns makes a connection and yields its tweets, without those that an earlier connection brought. It always ends with an
 *   error: {@link DisconnectedError}, {@link TooManyConnectionsError}, LineTooLongError or what `connect` throws
 */
export const tweetReader = ({ connect, idleMs, clock, signal, note }: FilteredStreamOptions) => {
  const isNew = newIds(REMEMBERED_IDS, note, 'X repeated the tweet');
  return async function* (): AsyncGenerator<readonly SourceEvent[], never> {
    const { usable, unusable } = unusableMessages(note, REMEDY);
    const { body, close } = await connect();
    note({ kind: 'connected', message: 'connected to the filtered stream of X' });
    try {
      for await (const line of linesOf(bytesOf(body, { clock, idleMs, sender: 'X' }), MAX_LINE_BYTES)) {
        signal.throwIfAborted();
        const parsed = parseLine(line);
        switch (parsed.kind) {
          case 'keep-alive':
            break;
          case 'problem':
            unusable(parsed.message);
            break;
          case 'notice':
            usable();
            note({ kind: 'notice', message: parsed.message });
            break;
          case 'tweet':
            usable();
            if (isNew(parsed.id)) yield [parsed.event];
            break;
          case 'refused':
            note({ kind: 'problem', message: parsed.message });
            throw new TooManyConnectionsError('X refused the connection');
        }
      }
    } finally {
      close();
    }
    throw new DisconnectedError('X closed the connection');
  };
};

/** What a line of the stream is. */
export type StreamLine =
  | { kind: 'keep-alive' }
  | { kind: 'tweet'; id: string; event: SourceEvent }
  /** Something else than a tweet; `refused` where it says that X will not serve this connection. */
  | { kind: 'notice' | 'problem' | 'refused'; message: string };

/**
 * Tells what a line of the stream is, by its shape, since X adds messages at will.
 * https://docs.x.com/x-api/fundamentals/handling-disconnections
 */
export const parseLine = (line: Uint8Array): StreamLine => {
  if (line.length === 0) return { kind: 'keep-alive' };
  const json = objectIn(line);
  if (!json) return { kind: 'problem', message: `X sent a line of ${line.length} bytes that is not a message` };
  if (isNotice(json)) return { kind: 'notice', message: `X sent a notice: ${Object.keys(json).join()}` };
  if (isObject(json.data) && isText(json.data.id))
    return { kind: 'tweet', id: json.data.id, event: { ...toSourceEvent(line, json), ...timeOf(json.data) } };
  const message = `X sent a message that is not a tweet: ${explanationIn(json) || 'it does not say what it is'}`;
  return { kind: isRefusal(json) ? 'refused' : 'problem', message };
};

/** https://developer.x.com/en/docs/twitter-api/v1/tweets/filter-realtime/guides/streaming-message-types */
const NOTICES = new Set(['delete', 'scrub_geo', 'limit', 'status_withheld', 'user_withheld', 'disconnect', 'warning']);

const isNotice = (json: JsonObject): boolean => {
  const [name, ...others] = Object.keys(json);
  return name !== undefined && others.length === 0 && NOTICES.has(name) && isObject(json[name]);
};

/** A tweet may lack a readable time; whether it can be stored the function decides. */
const timeOf = ({ created_at: createdAt }: JsonObject): { time?: number } => {
  const time = typeof createdAt === 'string' ? Date.parse(createdAt) : Number.NaN;
  return Number.isNaN(time) ? {} : { time };
};

/** A refusal is the message itself or one of a list of errors, and names the issue or does not. */
const isRefusal = (json: JsonObject): boolean =>
  [json, ...(Array.isArray(json.errors) ? json.errors : [])].some(
    (error) => isObject(error) && (isText(error.connection_issue) || error.title === 'ConnectionException'),
  );
