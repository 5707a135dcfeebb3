import { once } from 'node:events';
import http, { type ClientRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import https from 'node:https';
import { createRequire } from 'node:module';
import { defined } from '../../../core/defined.ts';
import { shown } from '../../../core/json.ts';
import { objectIn } from '../../../core/source-event.ts';
import { startTimeout } from '../../timeout.ts';
import { DisconnectedError, explanationIn, toDisconnected, unconnected } from '../disconnected.ts';
import type { SourceContext } from '../source.ts';

export interface EventStreamOptions extends Pick<SourceContext, 'signal' | 'clock' | 'calendar' | 'agent'> {
  url: URL;
  /** The place to resume at, as the stream named it; undefined for what comes from now on. */
  lastEventId: string | undefined;
  /** How long Wikimedia may take for its answer, from the connection on. Milliseconds. */
  handshakeMs: number;
  /** Whom the operators may write to. */
  contact?: string;
}

const project: { name: string; version: string } = createRequire(import.meta.url)('../../../package.json');

/**
 * Who asks, in the form that Wikimedia wants, with a contact where the user gives one. Clients that send no such header are turned
 * away. https://foundation.wikimedia.org/wiki/Policy:Wikimedia_Foundation_User-Agent_Policy
 */
const userAgent = (contact: string | undefined): string =>
  `${project.name}/${project.version}${contact === undefined ? '' : ` (${contact})`} Node.js/${process.versions.node}`;

/** More than any answer that explains why there is no stream. Bytes. */
const MAX_REFUSAL_BYTES = 16 * 1024;

/**
 * Asks for the stream. https://wikitech.wikimedia.org/wiki/Event_Platform/EventStreams_HTTP_Service
 *
 * @returns its body, not read yet; destroying it closes the connection
 * @throws {DisconnectedError} where there is no stream
 */
export const openEventStream = async ({
  url,
  lastEventId,
  signal,
  clock,
  calendar,
  agent,
  handshakeMs,
  contact,
}: EventStreamOptions): Promise<IncomingMessage> => {
  signal.throwIfAborted();
  const request = (url.protocol === 'https:' ? https : http).get(url, {
    // Without TLS it has a connection of its own, which is not kept for another request.
    agent: (url.protocol === 'https:' && agent) || false,
    signal,
    headers: {
      'User-Agent': userAgent(contact),
      Accept: 'text/event-stream',
      'Accept-Encoding': 'identity',
      'Cache-Control': 'no-store',
      ...defined({ 'Last-Event-ID': lastEventId }),
    },
  });
  // After the answer an error shows in the body.
  request.on('error', () => {});
  const tooLate = new DisconnectedError(`Wikimedia did not answer within ${handshakeMs / 1_000} s`);
  const endTimeout = startTimeout(clock, handshakeMs, () => request.destroy(tooLate));
  try {
    const response = await Promise.race([responseTo(request), closed(request)]).catch((cause: Error) => {
      throw cause instanceof DisconnectedError ? cause : unconnected('Wikimedia could not be reached', cause);
    });
    if (isStream(response)) return response;
    throw await refused(response, url, calendar.now());
  } catch (error) {
    request.destroy();
    throw error;
  } finally {
    endTimeout();
  }
};

const responseTo = async (request: ClientRequest): Promise<IncomingMessage> => (await once(request, 'response'))[0];

/** Node closes a connection without an error where the server changes the protocol. */
const closed = async (request: ClientRequest): Promise<never> => {
  await once(request, 'close');
  throw new DisconnectedError('Wikimedia closed the connection without an answer');
};

const isStream = ({ statusCode, headers }: IncomingMessage): boolean =>
  statusCode === 200 &&
  /^text\/event-stream\s*(;|$)/i.test(headers['content-type'] ?? '') &&
  (headers['content-encoding'] ?? 'identity') === 'identity';

const refused = async (response: IncomingMessage, url: URL, now: number): Promise<DisconnectedError> => {
  const { statusCode: status = 0, headers } = response;
  const content = status < 300 ? contentOf(headers) : '';
  const found = `Wikimedia answered ${status}${quotedExplanation(await beginningOf(response))}${content}`;
  return toDisconnected({ status, headers, found, remedy: remedyFor(status, headers, url), now });
};

/** What a problem of Wikimedia says about itself, in brackets and quotes; '' where it gives no reason, or is a page for people. */
export const quotedExplanation = (data: Uint8Array): string => {
  const explanation = explanationIn(objectIn(data));
  return explanation === '' ? '' : ` ("${explanation}")`;
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
    // The status says enough, even if the rest is lost.
  }
  return Buffer.concat(chunks);
};

const remedyFor = (status: number, headers: IncomingHttpHeaders, url: URL): string => {
  if (status < 300) return 'expected 200 with the content type "text/event-stream": check that --url leads to a stream';
  // Not followed: where events come from is for a person to decide.
  if (status < 400) return `expected the stream, not its new place (${placeOf(headers, url)}): give that as --url`;
  if (status === 401 || status === 403)
    return 'expected to be let in: give --contact, and see https://wikitech.wikimedia.org/wiki/Robot_policy for what Wikimedia asks of programs';
  return 'expected the stream to be there: check --url, or leave it out for that of all changes';
};

const contentOf = ({ 'content-type': type, 'content-encoding': encoding }: IncomingHttpHeaders): string =>
  `, with the content type ${shown(type)}${encoding === undefined ? '' : ` in the encoding ${shown(encoding)}`}`;

/** Without the user, the password and the query that it may have. */
const placeOf = ({ location = '' }: IncomingHttpHeaders, base: URL): string => {
  if (location === '' || !URL.canParse(location, base.href)) return 'which it does not name';
  const { origin, pathname } = new URL(location, base);
  return `${origin}${pathname}`;
};
