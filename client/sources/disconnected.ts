import type { IncomingHttpHeaders } from 'node:http';
import { TRUST, UNTRUSTED } from '../../aws/explain.ts';
import { ProxyError } from '../../aws/proxy.ts';
import { isRetryable } from '../../aws/service-error.ts';
import { isObject, isText } from '../../core/json.ts';
import { printable } from '../../core/printable.ts';
import { shortened } from '../../core/shortened.ts';

interface DisconnectedOptions extends ErrorOptions {
  retryAfterMs?: number;
  remedy?: string | undefined;
}

/** A connection that is over, or could not be made, and may be made again. `message` fits the middle of a sentence. */
export class DisconnectedError extends Error {
  override readonly name: string = 'DisconnectedError';
  /** The least time to wait before the next connection, as the server asks for. Milliseconds. */
  retryAfterMs: number;
  /** What was expected and what a person can do, where a first connection would fail again. What has worked is tried on. */
  readonly remedy: string | undefined;

  constructor(message: string, { retryAfterMs = 0, remedy, ...options }: DisconnectedOptions = {}) {
    super(message, options);
    this.retryAfterMs = retryAfterMs;
    this.remedy = remedy;
  }
}

/**
 * A server refused the request, as with 403 or 404. From the start on that is a wrong setting. After a time in which the same
 * request worked it may pass by itself: a proxy that has lost its backend for a moment answers the same.
 */
export class RefusedError extends DisconnectedError {
  override readonly name = 'RefusedError';
  declare readonly remedy: string;

  constructor(message: string, options: DisconnectedOptions & { remedy: string }) {
    super(message, options);
  }
}

/** Why a connection failed, in one line. One to a name with several addresses that all refuse it has a code, but no message. */
export const causeText = ({ message, code, name }: Error & { code?: unknown }): string =>
  // OpenSSL ends its messages with a line end.
  message.trim() || String(code ?? name);

/** What a person can do where no connection comes about, and the next one would not either; otherwise nothing. */
export const remedyOf = (cause: unknown): string | undefined => {
  if (cause instanceof ProxyError && !isRetryable(cause)) return 'expected a proxy that lets it through';
  return cause instanceof Error && UNTRUSTED.test(cause.message)
    ? `expected a certificate that Node trusts: ${TRUST}`
    : undefined;
};

/** The error for a connection that broke, or did not come about. */
export const unconnected = (found: string, cause: Error): DisconnectedError =>
  new DisconnectedError(`${found} (${causeText(cause)})`, { remedy: remedyOf(cause), cause });

/** An answer that is not the stream that was asked for. */
export interface Refusal {
  status: number;
  headers: IncomingHttpHeaders;
  /** What was found, for the middle of a sentence. */
  found: string;
  /** See {@link DisconnectedError.remedy}. */
  remedy: string;
  /** Milliseconds since 1970. */
  now: number;
}

const REQUEST_TIMEOUT = 408;
const TOO_MANY_REQUESTS = 429;

/** The wait where a server that refuses names none: it may still count a connection that it has not seen close. Milliseconds. */
const REFUSED_MS = 5_000;

/** The error for an answer that is not a stream: {@link RefusedError} where the next answer is probably the same. */
export const toDisconnected = ({ status, headers, found, remedy, now }: Refusal): DisconnectedError => {
  const asked = retryAfter(headers['retry-after'], now);
  if (status === REQUEST_TIMEOUT || status >= 500) return new DisconnectedError(found, { retryAfterMs: asked ?? 0 });
  const retryAfterMs = asked ?? REFUSED_MS;
  if (status === TOO_MANY_REQUESTS) return new DisconnectedError(found, { retryAfterMs });
  return new RefusedError(found, { retryAfterMs, remedy });
};

/** A longer wait than this comes from a wrong clock. Milliseconds. */
const MAX_RETRY_AFTER_MS = 60 * 60_000;

/**
 * The wait that a header Retry-After asks for, in seconds or as a date; undefined where it has neither. Milliseconds.
 * https://www.rfc-editor.org/rfc/rfc9110#field.retry-after
 *
 * @param now milliseconds since 1970
 */
export const retryAfter = (header: string | undefined, now: number): number | undefined => {
  if (header === undefined) return undefined;
  const ms = /^\d+$/.test(header) ? Number(header) * 1_000 : Date.parse(header) - now;
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), MAX_RETRY_AFTER_MS);
};

/** Characters of an explanation that a message repeats. */
const MAX_EXPLANATION = 300;

/**
 * Why a server refuses, in its own words, as problem details (RFC 9457) and X's lists of errors have them; '' where it gives no
 * reason. Characters that are not printable become escapes.
 */
export const explanationIn = (answer: unknown): string => {
  if (!isObject(answer)) return '';
  const errors = Array.isArray(answer.errors) ? answer.errors.filter(isObject) : [];
  const texts = [answer, ...errors].flatMap(({ title, detail, message, details }) => [
    title,
    detail,
    message,
    ...(Array.isArray(details) ? details : []),
  ]);
  return printable(shortened([...new Set(texts.filter(isText))].join(': '), MAX_EXPLANATION));
};
