import { parseJson } from '../../../core/event-bytes.ts';
import { isObject, isText, type JsonValue } from '../../../core/json.ts';
import { described, isJetstream, isPost } from '../../../core/shapes/jetstream.ts';
import { type SourceEvent, toSourceEvent } from '../../../core/source-event.ts';

export interface Post {
  /** Another one for each state of the post: an update brings a new one. */
  id: string;
  text: string;
  /** What to send. Not made before it is asked for, since most posts are of interest to few. */
  toEvent: () => SourceEvent;
}

/** What a message of Jetstream is. */
export type Message =
  /** `time`: microseconds since 1970, by the clock of the server. */
  | { kind: 'post'; time: number; post: Post }
  /** Something else than a post, which is no event. */
  | { kind: 'notice'; time: number | undefined; message: string }
  /** What no message of Jetstream looks like. */
  | { kind: 'problem'; time?: undefined; message: string };

/** Tells what a message is. https://github.com/bluesky-social/jetstream */
export const messageOf = (data: Uint8Array): Message => {
  const json = parsed(data);
  if (!isObject(json)) return { kind: 'problem', message: `Jetstream sent ${data.length} bytes that are no message` };
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
  // Whoever may write into an account may write anything, and no server looks at it.
  const text = isObject(record) ? record.text : undefined;
  if (typeof text !== 'string') return { kind: 'notice', time, message: 'Jetstream sent a post without a text' };
  return {
    kind: 'post',
    time,
    post: { id: `${did}/${commit.collection}/${rkey}/${rev}`, text, toEvent: () => eventOf(data, time) },
  };
};

const eventOf = (data: Uint8Array, time: number): SourceEvent => {
  // What arrived is a view of a larger piece, which would stay in memory as long as the post.
  return { ...toSourceEvent(Buffer.from(data)), time: time / 1_000 };
};

const isTime = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;

const parsed = (data: Uint8Array): JsonValue | undefined => {
  try {
    return parseJson(data);
  } catch {
    return undefined;
  }
};
