import type { IncomingHttpHeaders } from 'node:http';
import { shown } from '../../../core/json.ts';
import { DisconnectedError } from '../reconnecting.ts';
import { retryAfter } from '../retry-after.ts';
import { SourceError } from '../source.ts';

/** An answer that is not the stream. */
export interface Refusal {
  status: number;
  headers: IncomingHttpHeaders;
  /** What it says about itself, to follow the status. */
  said: string;
  /** What was asked for. */
  url: URL;
  /** Milliseconds since 1970. */
  now: number;
}

/** Where it does not say for how long to leave it alone: it may still count a connection that it has not seen close. */
const LIMITED_MS = 5_000;

const REQUEST_TIMEOUT = 408;
const TOO_MANY_REQUESTS = 429;

/**
 * The error for an answer that is not the stream: {@link DisconnectedError} where a later try may have a better one, else
 * {@link SourceError}. https://wikitech.wikimedia.org/wiki/Event_Platform/EventStreams_HTTP_Service
 */
export const toRefusalError = ({ status, headers, said, url, now }: Refusal): DisconnectedError | SourceError => {
  const found = `Wikimedia answered ${status}${said}`;
  if (status === TOO_MANY_REQUESTS || status === REQUEST_TIMEOUT || status >= 500) {
    const asked = retryAfter(headers['retry-after'], now);
    return new DisconnectedError(found, { retryAfterMs: asked ?? (status === TOO_MANY_REQUESTS ? LIMITED_MS : 0) });
  }
  return new SourceError(`${found}${status < 300 ? contentOf(headers) : ''}; ${remedyFor(status, headers, url)}`);
};

const remedyFor = (status: number, headers: IncomingHttpHeaders, url: URL): string => {
  if (status < 300) return 'expected 200 with the content type "text/event-stream": check that --url leads to a stream';
  // Not followed: where events come from is for a person to decide.
  if (status < 400) return `expected the stream, not its new place (${placeOf(headers, url)}): give that as --url`;
  switch (status) {
    case 401:
    case 403:
      return 'expected to be let in: see https://wikitech.wikimedia.org/wiki/Robot_policy for what Wikimedia asks of programs';
    default:
      return 'expected the stream to be there: check --url, or leave it out for that of all changes';
  }
};

const contentOf = ({ 'content-type': type, 'content-encoding': encoding }: IncomingHttpHeaders): string =>
  `, with the content type ${shown(type)}${encoding === undefined ? '' : ` in the encoding ${shown(encoding)}`}`;

/** Without the user, the password and the query that it may have. */
const placeOf = ({ location = '' }: IncomingHttpHeaders, base: URL): string => {
  if (location === '' || !URL.canParse(location, base.href)) return 'which it does not name';
  const { origin, pathname } = new URL(location, base);
  return `${origin}${pathname}`;
};
