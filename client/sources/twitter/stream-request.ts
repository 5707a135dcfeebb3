import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { TweetStream } from 'twitter-api-v2';
import { startTimeout } from '../../timeout.ts';
import { DisconnectedError } from '../disconnected.ts';
import { UNPACKED, type XCall } from './login.ts';

/** An answered request for the stream. */
export interface Connection {
  /** Not read yet. Ends when X closes the connection, and fails when it is lost. */
  body: Readable;
  /** Ends the request and its socket at once. */
  close: () => void;
}

/**
 * The fields that a row needs, and no expansions: X bills each resource of a response, a user at twice the price of a post, so
 * the author's name would triple the cost of a tweet.
 * https://docs.x.com/x-api/stream/stream-filtered-posts
 * https://docs.x.com/x-api/getting-started/pricing
 */
const STREAM_URL = new URL(
  `https://api.x.com/2/tweets/search/stream?${new URLSearchParams({
    'tweet.fields': 'created_at,author_id,note_tweet,lang,referenced_tweets',
  })}`,
);

/**
 * Asks X for the stream.
 *
 * @param call its signal ends the connection, in whatever phase it is
 * @returns the connection, once X accepted
 * @throws the errors of the library; {@link DisconnectedError} where X took too long
 */
export const requestStream = async (bearerToken: string, call: XCall): Promise<Connection> => {
  const { agent, signal, clock, handshakeMs } = call;
  signal.throwIfAborted();
  const ending = new AbortController();
  const end = (): void => ending.abort();
  signal.addEventListener('abort', end, { once: true });
  const close = (): void => {
    signal.removeEventListener('abort', end);
    end();
  };
  const tooLate = new DisconnectedError(`X did not answer within ${handshakeMs / 1000} s`);
  const endTimeout = startTimeout(clock, handshakeMs, () => ending.abort(tooLate));
  try {
    const headers = { Authorization: `Bearer ${bearerToken}`, 'Accept-Encoding': UNPACKED };
    const options = { method: 'GET', agent, signal: ending.signal, headers };
    const stream = new UnreadStream({ url: STREAM_URL, compression: UNPACKED, options });
    // Of a connection whose protocol X changes the library hears nothing, not even its end.
    await Promise.race([
      stream.connect(),
      once(ending.signal, 'abort').then(() => Promise.reject(ending.signal.reason)),
    ]);
    return { body: stream.body(), close };
  } catch (error) {
    close();
    throw ending.signal.reason === tooLate ? tooLate : error;
  } finally {
    endTimeout();
  }
};

/**
 * The library's request and its errors, without its reader. The reader breaks characters that are split between chunks, takes a line
 * end in a chunk of its own for a keep-alive, and holds all that a consumer has not taken.
 */
class UnreadStream extends TweetStream {
  /** The library calls this once X accepted; its own reader begins here. */
  protected override initEventsFromRequest(): void {}

  body(): Readable {
    const { res: body } = this;
    if (!body || body.readableFlowing !== null)
      throw new Error('twitter-api-v2 changed: expected TweetStream to have res, not read yet; see stream-request.ts');
    return body;
  }
}
