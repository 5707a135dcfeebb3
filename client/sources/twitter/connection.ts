import type { Agent } from 'node:https';
import { finished, type Readable, Transform } from 'node:stream';
import { TweetStream } from 'twitter-api-v2';
import { ConnectionEndedError } from './failure.ts';

/** An answered request for the stream. */
export interface Connection {
  /** Not read yet. Ends when X closes the connection, and fails when it is lost. */
  body: Readable;
  /** Ends the request and its socket at once. */
  close: () => void;
}

export interface ConnectOptions {
  bearerToken: string;
  agent: Agent;
  /** Ends the connection, at whatever point it is. */
  signal: AbortSignal;
  /** How long X may take for its answer, the way there included. Milliseconds. */
  handshakeMs: number;
}

/** https://docs.x.com/x-api/stream/stream-filtered-posts */
const STREAM_URL = new URL(
  `https://api.x.com/2/tweets/search/stream?${new URLSearchParams({
    'tweet.fields': 'created_at,author_id,note_tweet,lang,referenced_tweets',
    expansions: 'author_id',
    'user.fields': 'name,username',
  })}`,
);

/**
 * Asks X for the stream.
 *
 * @returns the connection, once X accepted
 * @throws the errors of the library; {ConnectionEndedError} where X took too long
 */
export const connect = async ({ bearerToken, agent, signal, handshakeMs }: ConnectOptions): Promise<Connection> => {
  signal.throwIfAborted();
  const ending = new AbortController();
  const end = (): void => ending.abort();
  signal.addEventListener('abort', end, { once: true });
  const close = (): void => {
    signal.removeEventListener('abort', end);
    end();
  };
  const tooLate = new ConnectionEndedError(`X did not answer within ${handshakeMs / 1000} s`);
  const timer = setTimeout(() => ending.abort(tooLate), handshakeMs);
  try {
    const stream = new UnreadStream({
      url: STREAM_URL,
      compression: 'gzip',
      options: { method: 'GET', agent, signal: ending.signal, headers: { Authorization: `Bearer ${bearerToken}` } },
    });
    await stream.connect();
    return { body: stream.body(), close };
  } catch (error) {
    close();
    throw ending.signal.reason === tooLate ? tooLate : error;
  } finally {
    clearTimeout(timer);
  }
};

/**
 * The library's authenticated request, its decompression and its errors, without its reader: that one tears characters
 * apart between chunks, takes a line end that comes by itself for a keep-alive, and holds all a consumer has not taken.
 */
class UnreadStream extends TweetStream {
  /** The library calls this once X accepted; its own reader begins here. */
  protected override initEventsFromRequest(): void {}

  body(): Readable {
    const { res: body, originalResponse: response } = this;
    if (!body || !response || body.readableFlowing !== null)
      throw new Error(
        'twitter-api-v2 changed: expected TweetStream to have res and originalResponse, not read yet; see connection.ts',
      );
    // A pipe does not pass on how its source ended, and drops what had arrived by then.
    finished(response, () => {
      if (body instanceof Transform && !body.writableEnded) body.end(response.read());
    });
    return body;
  }
}
