import { ApiPartialResponseError, ApiRequestError, ApiResponseError } from 'twitter-api-v2';
import { UserError } from '../../../cli/user-error.ts';
import { defined } from '../../../core/defined.ts';
import { kindOf } from '../../../core/json.ts';
import { LineTooLongError } from '../../../core/lines.ts';
import { causeText, DisconnectedError, explanationIn, RefusedError, remedyOf } from '../disconnected.ts';

/** Why X did not answer, or stopped to, as far as it decides what to do next. */
export interface Failure {
  /**
   * `network`: no answer or a lost connection. `server`: an error of X itself. `limited`: too many requests or connections.
   * `refused`: the next answer is probably the same.
   */
  kind: 'network' | 'server' | 'limited' | 'refused';
  /** What was found, for the middle of a sentence. */
  found: string;
  /** The HTTP status, where X answered with one. */
  status?: number;
  /** What was expected and what a person can do, where no status tells it. */
  remedy?: string;
  /** When the rate limit ends, in milliseconds since 1970, where it is used up and X said so. */
  resetAt?: number;
  /** The error or the answer behind it. Never the library's own errors: they hold the request, and so the token. */
  cause?: unknown;
}

/** X refuses a connection inside of the stream, since there are too many. */
export class TooManyConnectionsError extends DisconnectedError {}

/** For an answer that X gave willingly, and that is not what it was asked for: a proxy may have answered in its place. */
export const unexpectedAnswer = (found: unknown, expected: string): RefusedError =>
  new RefusedError(`X answered with ${kindOf(found)}`, {
    remedy: `expected ${expected}: check that the answer comes from X itself`,
  });

/** https://docs.x.com/x-api/fundamentals/response-codes-and-errors */
const REFUSED = new Set([400, 401, 402, 403, 404]);
const TOO_MANY_REQUESTS = 429;

/** The failure behind an error of a call or of the stream; undefined for an error that is not about X. */
export const failureOf = (error: unknown): Failure | undefined => {
  if (error instanceof TooManyConnectionsError) return { kind: 'limited', found: error.message };
  if (error instanceof RefusedError) return { kind: 'refused', found: error.message, remedy: error.remedy };
  if (error instanceof DisconnectedError) return { kind: 'network', found: error.message, cause: error.cause };
  if (error instanceof LineTooLongError) return { kind: 'network', found: `X sent ${error.message}` };
  if (error instanceof ApiResponseError) return answered(error.code, error.data, resetOf(error));
  if (error instanceof ApiPartialResponseError) {
    const { statusCode = 0 } = error.response;
    if (statusCode >= 400) return answered(statusCode);
    return { kind: 'network', found: 'the answer of X was cut short', cause: error.responseError };
  }
  if (error instanceof ApiRequestError) {
    const cause = causeOf(error);
    const found = `X could not be reached (${described(cause)})`;
    return { kind: 'network', found, ...defined({ remedy: remedyOf(cause) }), cause };
  }
  return undefined;
};

const answered = (status: number, answer?: unknown, resetAt?: number): Failure => {
  const explanation = explanationIn(answer);
  return {
    kind: REFUSED.has(status) ? 'refused' : status === TOO_MANY_REQUESTS ? 'limited' : 'server',
    found: `X answered ${status}${explanation && ` (${explanation})`}`,
    status,
    ...defined({ resetAt }),
    cause: answer,
  };
};

/** X names the end of the window in every answer; it matters only where nothing remains of the window. */
const resetOf = ({ rateLimit }: ApiResponseError): number | undefined =>
  rateLimit?.remaining === 0 && Number.isFinite(rateLimit.reset) ? rateLimit.reset * 1000 : undefined;

/** The library's getter `requestError` reads a field that is never set; the error lies in `_options.error`. */
const causeOf = (error: ApiRequestError): unknown =>
  (error as unknown as { _options?: { error?: unknown } })._options?.error;

/** An abort has its reason as its cause. */
const described = (error: unknown): string => {
  if (!(error instanceof Error)) return 'the library did not say why';
  return causeText(error.name === 'AbortError' && error.cause instanceof Error ? error.cause : error);
};

/** What was asked of X. */
export type Asked = 'login' | 'rules' | 'stream';

/** X refused for good, or could not be reached. `message` says what was found, what was expected and what to do. */
export class XApiError extends UserError {
  override readonly name = 'XApiError';
}

/**
 * The error for a failure that ends the source.
 *
 * @param settings the names of the settings that hold the credentials; never their values
 */
export const toXApiError = (asked: Asked, settings: string, { found, status, remedy, cause }: Failure): XApiError =>
  new XApiError(`the ${asked} at X failed: ${found}; ${remedy ?? remedyFor(asked, settings, status)}`, { cause });

const remedyFor = (asked: Asked, settings: string, status: number | undefined): string => {
  if (status === undefined)
    return 'expected an answer: check the network and https://docs.x.com/status, then start again';
  // X answers a wrong consumer key with 403 and code 99, not with 401.
  if (status === 401 || (asked === 'login' && (status === 400 || status === 403)))
    return `expected credentials that X accepts: ${settings} is wrong or was revoked; copy it again from https://console.x.com`;
  return REMEDIES[status] ?? 'expected X to work: see https://docs.x.com/status, then start again';
};

const REMEDIES: { readonly [status: number]: string } = {
  400: 'expected a request that X understands: correct the rule or parameter it names',
  402: 'expected credits, which are used up: add some at https://console.x.com',
  403: 'expected an app with access to the filtered stream: give it a plan that includes it at https://console.x.com',
  404: 'expected the filtered stream to be there: see that the app belongs to a project at https://console.x.com',
};
