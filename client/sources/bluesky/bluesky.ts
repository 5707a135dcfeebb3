import { shown } from '../../../core/json.ts';
import type { SourceEvent } from '../../../core/source-event.ts';
import { RecentIds } from '../recent-ids.ts';
import { reconnecting } from '../reconnecting.ts';
import { leavable, type Source, type SourceContext } from '../source.ts';
import { parseMessage } from './jetstream-message.ts';
import { Servers } from './servers.ts';
import { PUBLIC_SERVERS, resumingAt, toSubscription } from './subscription.ts';
import { matcherFor } from './track.ts';
import { messagesFrom } from './web-socket.ts';

export interface BlueskyOptions {
  /** Words and phrases, of which a post holds at least one. Without any, all posts are read. */
  track: readonly string[];
  /** The user's own server, in place of the public ones. */
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

/** More than a server repeats after a reconnect: twenty times the posts of today in those few seconds. */
const REMEMBERED_IDS = 10_000;

/**
 * The source `bluesky`: the posts of Bluesky as its Jetstream sends them, new and changed ones, without a key. It resumes where
 * a connection ended, on another server where there are several, and ends only by the signal, by its consumer or by an error.
 *
 * @throws {UsageError} at once, for a URL or a word that is of no use; while reading {SourceError}, where another try would not help
 */
export const blueskySource = (options: BlueskyOptions, context: SourceContext): Source => {
  const { track, url, servers = PUBLIC_SERVERS } = options;
  const subscriptions = (url === undefined ? servers : [url]).map(toSubscription);
  const isWanted = matcherFor(track);
  return leavable((inner) => read(options, subscriptions, isWanted, inner), context);
};

async function* read(
  { handshakeMs = 15_000, idleMs = 30_000, healthyMs }: BlueskyOptions,
  subscriptions: readonly URL[],
  isWanted: (text: string) => boolean,
  context: SourceContext,
): AsyncGenerator<SourceEvent, void> {
  const { note, clock } = context;
  const servers = new Servers(subscriptions, clock);
  const seen = new RecentIds(REMEMBERED_IDS);
  let newest: number | undefined;
  const connection = async function* (): AsyncGenerator<Buffer, never> {
    try {
      return yield* messagesFrom(resumingAt(servers.current, newest), { ...context, handshakeMs, idleMs });
    } catch (error) {
      throw servers.after(error);
    }
  };
  for await (const data of reconnecting(connection, { ...context, healthyMs })) {
    const message = parseMessage(data);
    // A server whose clock is wrong must not move the cursor past the posts that are still to come.
    const time = Math.min(message.time ?? 0, clock.now() * 1_000);
    if (message.time !== undefined && (newest === undefined || time > newest)) newest = time;
    if (message.kind !== 'post') note({ kind: message.kind, message: message.message });
    else if (!isWanted(message.post.text)) continue;
    else if (seen.add(message.post.id)) yield message.post.toEvent();
    else note({ kind: 'repeat', message: `Jetstream repeated the post ${shown(message.post.id)}` });
  }
}
