import type { IncomingMessage } from 'node:http';
import { DisconnectedError } from '../reconnecting.ts';
import { retryAfter } from '../retry-after.ts';
import { SourceError } from '../source.ts';

const TOO_MANY_REQUESTS = 429;

/** Where a server does not say for how long to leave it alone. Milliseconds. */
const LIMITED_MS = 5_000;

/**
 * The error for an answer that opens no WebSocket: {@link DisconnectedError} where a later try may have a better one, else
 * {@link SourceError}.
 *
 * @param host whose answer it is
 * @param now milliseconds since 1970
 */
export const toRefusalError = (
  { statusCode: status = 0, headers }: Pick<IncomingMessage, 'statusCode' | 'headers'>,
  host: string,
  now: number,
): DisconnectedError | SourceError => {
  const found = `${host} answered ${status}`;
  if (status === TOO_MANY_REQUESTS || status >= 500) {
    const asked = retryAfter(headers['retry-after'], now);
    return new DisconnectedError(found, { retryAfterMs: asked ?? (status === TOO_MANY_REQUESTS ? LIMITED_MS : 0) });
  }
  return new SourceError(`${found}; ${remedyFor(status)}`);
};

const remedyFor = (status: number): string => {
  if (status === 400) return 'expected a subscription that it understands: correct the query of --url';
  if (status === 401 || status === 403)
    return 'expected to be let in: give --url a server that takes anybody, or leave it out';
  return 'expected 101 and a WebSocket of Jetstream: check --url, or leave it out for the public servers';
};
