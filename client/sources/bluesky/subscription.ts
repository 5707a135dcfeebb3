import { UsageError } from '../../../cli/usage-error.ts';
import { POSTS } from '../../../core/shapes/jetstream.ts';

/** The servers Bluesky runs for everybody. https://github.com/bluesky-social/jetstream#public-instances */
export const PUBLIC_SERVERS: readonly string[] = [
  'wss://jetstream2.us-east.bsky.network/subscribe',
  'wss://jetstream1.us-east.bsky.network/subscribe',
  'wss://jetstream2.us-west.bsky.network/subscribe',
  'wss://jetstream1.us-west.bsky.network/subscribe',
];

/** Far more than any post has, and less than a record of a stream takes, its key included. Bytes. */
export const MAX_MESSAGE_BYTES = 1_000_000;

/** Each server stamps messages by its own clock, and Jetstream's authors advise to go back a little. Microseconds. */
export const REWIND = 5_000_000;

/**
 * The place to subscribe to posts at.
 *
 * @param server a URL of ws, wss, http or https; what its query already has stays, its path may be left out
 * @throws {UsageError} for a URL that is not one of these
 */
export const toSubscription = (server: string): URL => {
  const url = URL.canParse(server) ? new URL(server) : undefined;
  const scheme = url && SCHEMES[url.protocol];
  if (!url || !scheme)
    throw new UsageError([
      `--url ${url ? `begins with "${url.protocol}"` : 'is not a URL'}; expected "wss:" or "ws:", as in ${PUBLIC_SERVERS[0]}`,
    ]);
  url.protocol = scheme;
  url.hash = '';
  if (url.pathname === '/') url.pathname = '/subscribe';
  const { searchParams: query } = url;
  if (query.get('compress') === 'true')
    throw new UsageError(['--url asks for compressed messages, which need a dictionary; leave "compress" out of it']);
  if (!query.has('wantedCollections')) query.set('wantedCollections', POSTS);
  if (!query.has('maxMessageSizeBytes')) query.set('maxMessageSizeBytes', String(MAX_MESSAGE_BYTES));
  return url;
};

const SCHEMES: Readonly<Record<string, string>> = { 'ws:': 'ws:', 'wss:': 'wss:', 'http:': 'ws:', 'https:': 'wss:' };

/**
 * The same, to resume shortly before a message.
 *
 * @param time microseconds since 1970, as the message has it; undefined for a first connection
 */
export const resumingAt = (subscription: URL, time: number | undefined): URL => {
  const url = new URL(subscription);
  if (time !== undefined) url.searchParams.set('cursor', String(Math.max(time - REWIND, 0)));
  return url;
};
