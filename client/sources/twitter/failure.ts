import { ApiPartialResponseError, ApiRequestError, ApiResponseError } from 'twitter-api-v2';
import { isObject, isText } from '../../../core/json.ts';
import { LineTooLongError } from '../../../core/lines.ts';

/** Why X did not answer, or stopped to, as far as it decides what to do next. */
export interface Failure {
  /** `network`: no answer or a lost connection. `server`: X is not well. `limited`: too much asked. `final`: never better. */
  kind: 'network' | 'server' | 'limited' | 'final';
  /** What was found, for the middle of a sentence. */
  found: string;
  /** The HTTP status, where X answered with one. */
  status?: number;
  /** When the rate limit ends, in milliseconds since 1970, where it is used up and X said so. */
  resetAt?: number;
  /** What lies beneath. Never the library's own errors: they hold the request, and so the token. */
  cause?: unknown;
}

/** A connection to the stream that is over: lost, silent, closed or turned away by X. */
export class ConnectionEndedError extends Error {
  override readonly name = 'ConnectionEndedError';
  readonly kind: 'network' | 'limited';

  constructor(message: string, { kind = 'network', ...options }: ErrorOptions & { kind?: 'network' | 'limited' } = {}) {
    super(message, options);
    this.kind = kind;
  }
}

/** No second try mends these. https://docs.x.com/x-api/fundamentals/response-codes-and-errors */
const FINAL = new Set([400, 401, 402, 403, 404]);
const TOO_MANY_REQUESTS = 429;

/** The failure an error of a call or of the stream stands for; nothing for an error that is not X's. */
export const failureOf = (error: unknown): Failure | undefined => {
  if (error instanceof ConnectionEndedError) return { kind: error.kind, found: error.message, cause: error.cause };
  if (error instanceof LineTooLongError) return { kind: 'network', found: `X sent ${error.message}` };
  if (error instanceof ApiResponseError) return answered(error.code, error.data, resetOf(error));
  if (error instanceof ApiPartialResponseError) {
    const { statusCode = 0 } = error.response;
    if (statusCode >= 400) return answered(statusCode);
    return { kind: 'network', found: 'the answer of X was cut short', cause: error.responseError };
  }
  if (error instanceof ApiRequestError) {
    const cause = causeOf(error);
    return { kind: 'network', found: `X could not be reached (${described(cause)})`, cause };
  }
  return undefined;
};

/** What an answer of X says about itself, in its several shapes of problems; '' where it says nothing. */
export const saidBy = (answer: unknown): string => {
  if (!isObject(answer)) return '';
  const errors = Array.isArray(answer.errors) ? answer.errors.filter(isObject) : [];
  const said = [answer, ...errors].flatMap(({ title, detail, message, details }) => [
    title,
    detail,
    message,
    ...(Array.isArray(details) ? details : []),
  ]);
  return [...new Set(said.filter(isText))].join(': ').slice(0, MAX_SAID);
};

/** Characters of an answer that a message repeats. */
const MAX_SAID = 300;

const answered = (status: number, answer?: unknown, resetAt?: number): Failure => {
  const said = saidBy(answer);
  return {
    kind: FINAL.has(status) ? 'final' : status === TOO_MANY_REQUESTS ? 'limited' : 'server',
    found: `X answered ${status}${said && ` (${said})`}`,
    status,
    ...(resetAt !== undefined && { resetAt }),
    cause: answer,
  };
};

/** X names the end of the window in every answer; it matters only where nothing remains of the window. */
const resetOf = ({ rateLimit }: ApiResponseError): number | undefined =>
  rateLimit?.remaining === 0 && Number.isFinite(rateLimit.reset) ? rateLimit.reset * 1000 : undefined;

/** The library's getter `requestError` reads a field that is never set; the error lies in `_options.error`. */
const causeOf = (error: ApiRequestError): unknown =>
  (error as unknown as { _options?: { error?: unknown } })._options?.error;

/** A refused connection to a name with several addresses has a code, but no message. */
const described = (cause: unknown): string => {
  if (!(cause instanceof Error)) return 'the library did not say why';
  return cause.message || (cause as NodeJS.ErrnoException).code || cause.name;
};
