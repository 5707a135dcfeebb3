import { once } from 'node:events';
import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import { DisconnectedError } from '../reconnecting.ts';
import { toRefusalError } from './refusal.ts';
import { saidIn } from './said.ts';
import { USER_AGENT } from './user-agent.ts';

export interface ConnectOptions {
  url: URL;
  /** The place to resume at, as the stream named it; '' for what comes from now on. */
  lastEventId: string;
  /** Ends the connection, at whatever point it is. */
  signal: AbortSignal;
  /** How long Wikimedia may take for its answer, the way there included. Milliseconds. */
  handshakeMs: number;
  /** Milliseconds since 1970. */
  now: () => number;
}

/** More than any answer that says why there is no stream. Bytes. */
const MAX_REFUSAL_BYTES = 16 * 1024;

/**
 * Asks for the stream.
 *
 * @returns its body, not read yet; destroying it closes the connection
 * @throws {DisconnectedError} where another try may help; {SourceError} where none does
 */
export const connect = async ({
  url,
  lastEventId,
  signal,
  handshakeMs,
  now,
}: ConnectOptions): Promise<IncomingMessage> => {
  signal.throwIfAborted();
  const request = (url.protocol === 'https:' ? https : http).get(url, {
    // A connection of its own, which is not kept for another request.
    agent: false,
    signal,
    headers: {
      'User-Agent': USER_AGENT,
      Accept: 'text/event-stream',
      'Accept-Encoding': 'identity',
      'Cache-Control': 'no-store',
      ...(lastEventId !== '' && { 'Last-Event-ID': lastEventId }),
    },
  });
  // What breaks after the answer shows in its body.
  request.on('error', () => {});
  const tooLate = new DisconnectedError(`Wikimedia did not answer within ${handshakeMs / 1_000} s`);
  const timer = setTimeout(() => request.destroy(tooLate), handshakeMs);
  try {
    const [response]: IncomingMessage[] = await once(request, 'response');
    if (isStream(response!)) return response!;
    throw await refused(response!, url, now());
  } catch (error) {
    request.destroy();
    throw error instanceof Error && 'code' in error ? unreachable(error) : error;
  } finally {
    clearTimeout(timer);
  }
};

const isStream = ({ statusCode, headers }: IncomingMessage): boolean =>
  statusCode === 200 &&
  /^text\/event-stream\s*(;|$)/i.test(headers['content-type'] ?? '') &&
  (headers['content-encoding'] ?? 'identity') === 'identity';

const refused = async (response: IncomingMessage, url: URL, now: number): Promise<Error> => {
  const { statusCode: status = 0, headers } = response;
  return toRefusalError({ status, headers, said: saidIn(await beginningOf(response)), url, now });
};

const beginningOf = async (response: IncomingMessage): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of response) {
      chunks.push(chunk);
      length += chunk.length;
      if (length > MAX_REFUSAL_BYTES) break;
    }
  } catch {
    // The status says enough, whatever became of the rest.
  }
  return Buffer.concat(chunks);
};

/** A refused connection to a name with several addresses has a code, but no message. */
const unreachable = (cause: Error & { code?: unknown }): DisconnectedError =>
  new DisconnectedError(`Wikimedia could not be reached (${cause.message || cause.code})`, { cause });
