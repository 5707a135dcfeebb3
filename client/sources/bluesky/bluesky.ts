import type { SourceEvent } from '../../../core/source-event.ts';
import { RecentIds } from '../recent-ids.ts';
import { reconnecting } from '../reconnecting.ts';
import { leavable, type Source, type SourceContext, type Timing } from '../source.ts';
import { messagesFrom } from './connection.ts';
import { messageOf } from './jetstream-message.ts';
import { Servers } from './servers.ts';
import { PUBLIC_SERVERS, resumingAt, toSubscription } from './subscription.ts';
import { matcherFor } from './track.ts';

export interface BlueskyOptions extends Partial<Timing> {
  /** Words and phrases, of which a post holds at least one; none: all posts. */
  track: readonly string[];
  /** A server of one's own, in place of the public ones. */
  url?: string;
  /** Servers to take in turn, where there is no `url`. @default the public ones */
  servers?: readonly string[];
  /** How long a server may send nothing, not even the answer to a ping. Milliseconds. @default 30 s */
  idleMs?: number;
  /** How long a server may take to open a connection. Milliseconds. @default 15 s */
  handshakeMs?: number;
  /** How long a connection must last before the waits between tries begin anew. Milliseconds. @default 60 s */
  healthyMs?: number;
}

/** What the few seconds that a server repeats may bring, were there twenty times as much as today. */
const REMEMBERED_IDS = 10_000;

/**
 * The source `bluesky`: the posts of Bluesky as its Jetstream sends them, new and changed ones, without a key. It resumes where
 * a connection ended, on another server where there are several, and ends only by the signal, by its consumer or by an error.
 *
 * @throws {UsageError} at once, for a URL or a word that cannot be; while reading {SourceError}, where no retry helps
 */
export const blueskySource = (options: BlueskyOptions, context: SourceContext): Source => {
  const { track, url, servers = PUBLIC_SERVERS } = options;
  const subscriptions = (url === undefined ? servers : [url]).map(toSubscription);
  const isWanted = matcherFor(track);
  return leavable((inner) => read(options, subscriptions, isWanted, inner), context);
};

async function* read(
  { handshakeMs = 15_000, idleMs = 30_000, healthyMs = 60_000, now = Date.now, sleep, random }: BlueskyOptions,
  subscriptions: readonly URL[],
  isWanted: (text: string) => boolean,
  context: SourceContext,
): AsyncGenerator<SourceEvent, void> {
  const { note } = context;
  const servers = new Servers(subscriptions, { now, note });
  const seen = new RecentIds(REMEMBERED_IDS);
  let newest: number | undefined;
  const connection = async function* (): AsyncGenerator<Buffer, never> {
    try {
      return yield* messagesFrom(resumingAt(servers.current, newest), { ...context, handshakeMs, idleMs, now });
    } catch (error) {
      throw servers.after(error);
    }
  };
  const messages = reconnecting(connection, {
    ...context,
    healthyMs,
    now,
    ...(sleep && { sleep }),
    ...(random && { random }),
  });
  for await (const data of messages) {
    const message = messageOf(data);
    if (message.time !== undefined && (newest === undefined || message.time > newest)) newest = message.time;
    if (message.kind !== 'post') note({ kind: message.kind, message: message.message });
    else if (!isWanted(message.post.text)) continue;
    else if (seen.add(message.post.id)) yield message.post.toEvent();
    else note({ kind: 'repeat', message: `Jetstream repeated the post ${JSON.stringify(message.post.id)}` });
  }
}
