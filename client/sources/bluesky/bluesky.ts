import { defined } from '../../../core/defined.ts';
import { DisconnectedError } from '../disconnected.ts';
import { newIds } from '../recent-ids.ts';
import { reconnecting } from '../reconnecting.ts';
import { leavable, type PlacedEvent, type Source, type SourceContext } from '../source.ts';
import { unusableMessages } from '../unusable.ts';
import { Cursor, type Gap } from './cursor.ts';
import { type KnownMessage, parseMessage } from './jetstream-message.ts';
import { Servers } from './servers.ts';
import { PUBLIC_SERVERS, resumingAt, toSubscription } from './subscription.ts';
import { matcherFor } from './track.ts';
import { messagesFrom } from './web-socket.ts';

export interface BlueskyOptions {
  /** Words and phrases, of which a post holds at least one. Without any, all posts are read. */
  track: readonly string[];
  /** The user's own server, in place of the public ones. */
  url?: string;
  /** The cursor where an earlier run ended. Microseconds since 1970. */
  from?: string;
  /** Servers to take in turn, where there is no `url`. @default the public ones */
  servers?: readonly string[];
  /** How long a server may send nothing, not even the answer to a ping. Milliseconds. @default 30 s */
  idleMs?: number;
  /** How long a server may take to open a connection. Milliseconds. @default 15 s */
  handshakeMs?: number;
}

/** More than a server repeats after a reconnect: twenty times the posts of today in those few seconds. */
const REMEMBERED_IDS = 10_000;

const missing = ({ from, to }: Gap): string => {
  const [first, last] = [from, to].map((time) => new Date(time / 1_000).toISOString());
  return `Jetstream sent nothing from ${first} to ${last}; posts of that time may be missing, since it keeps them for a limited time`;
};

const REMEDY = 'expected the messages of a Jetstream: check --url, or leave it out for the public servers';

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
  { handshakeMs = 15_000, idleMs = 30_000, from }: BlueskyOptions,
  subscriptions: readonly URL[],
  isWanted: (text: string) => boolean,
  context: SourceContext,
): AsyncGenerator<readonly PlacedEvent[], void> {
  const { note, clock, calendar, passed = () => {} } = context;
  const servers = new Servers(subscriptions, clock);
  const isNew = newIds(REMEMBERED_IDS, note, 'Jetstream repeated the post');
  const cursor = new Cursor(from, calendar);
  const connection = async function* (): AsyncGenerator<KnownMessage, never> {
    const { usable, unusable } = unusableMessages(note, REMEDY);
    const url = resumingAt(servers.current, cursor.resume());
    try {
      for await (const data of messagesFrom(url, { ...context, handshakeMs, idleMs })) {
        const message = parseMessage(data);
        if (message.kind === 'problem') unusable(message.message);
        else {
          usable();
          yield message;
        }
      }
    } catch (error) {
      throw servers.after(error);
    }
    throw new DisconnectedError('the connection ended');
  };
  for await (const message of reconnecting(connection, context)) {
    const gap = cursor.reach(message.time);
    if (gap) note({ kind: 'problem', message: missing(gap) });
    const resume = cursor.time?.toString();
    if (message.kind === 'post' && isWanted(message.post.text) && isNew(message.post.id))
      yield [{ ...message.post.toEvent(), ...defined({ resume }) }];
    else if (resume !== undefined) passed(resume);
    if (message.kind === 'notice') note({ kind: 'notice', message: message.message });
  }
}
