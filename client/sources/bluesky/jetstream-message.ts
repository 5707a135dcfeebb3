import { isObject, isText, type JsonObject } from '../../../core/json.ts';
import { described, isJetstream, isPost } from '../../../core/shapes/jetstream.ts';
import { objectIn, type SourceEvent, toSourceEvent } from '../../../core/source-event.ts';

export interface Post {
  /** Another one for each state of the post: an update brings a new one. */
  id: string;
  text: string;
  /** Makes the event. Only when it is asked for, since most posts are of interest to few users. */
  toEvent: () => SourceEvent;
}

/** A message that Jetstream is known to send. */
export type KnownMessage =
  /** `time`: microseconds since 1970, by the clock of the server. */
  | { kind: 'post'; time: number; post: Post }
  /** Something else than a post, which is not an event here. */
  | { kind: 'notice'; time: number | undefined; message: string };

/** What a message of Jetstream is. */
export type JetstreamMessage =
  | KnownMessage
  /** Nothing that Jetstream is known to send. */
  | { kind: 'problem'; time?: undefined; message: string };

/** Tells what a message is. https://github.com/bluesky-social/jetstream */
export const parseMessage = (data: Uint8Array): JetstreamMessage => {
  const json = objectIn(data);
  if (!json) return { kind: 'problem', message: `Jetstream sent ${data.length} bytes that are not a message` };
  const time = isTime(json.time_us) ? json.time_us : undefined;
  if (!isJetstream(json)) {
    const message = `Jetstream sent a message of ${data.length} bytes`;
    // Kinds may be added at any time.
    return isText(json.did) && isText(json.kind) && json.kind !== 'commit'
      ? { kind: 'notice', time, message: `${message} of another kind` }
      : { kind: 'problem', message: `${message} that lacks what each has: did, kind, and an object of that name` };
  }
  if (!isPost(json)) return { kind: 'notice', time, message: `Jetstream sent ${described(json)}` };
  const { did, commit } = json;
  const { rkey, rev, record } = commit;
  if (time === undefined || ![did, rkey, rev].every(isText))
    return {
      kind: 'problem',
      message: `Jetstream sent a post of ${data.length} bytes without did, time_us, rkey or rev`,
    };
  // Anyone who may write into an account may write anything; the servers do not check it.
  const text = isObject(record) ? record.text : undefined;
  if (typeof text !== 'string') return { kind: 'notice', time, message: 'Jetstream sent a post without a text' };
  return {
    kind: 'post',
    time,
    post: { id: `${did}/${commit.collection}/${rkey}/${rev}`, text, toEvent: () => eventOf(data, json, time) },
  };
};

/** What arrived is a view of a larger piece, which would stay in memory as long as the post; so the event has a copy. */
const eventOf = (data: Uint8Array, json: JsonObject, time: number): SourceEvent => ({
  ...toSourceEvent(Buffer.from(data), json),
  time: time / 1_000,
});

const isTime = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;
