import type { Failure } from './failure.ts';

/** What was asked of X. */
export type Asked = 'login' | 'rules' | 'stream';

/** X refused for good, or could not be reached. `message` says what was found, what was expected and what to do. */
export class XApiError extends Error {
  override readonly name = 'XApiError';
  /** The HTTP status X answered with, where it answered. */
  readonly status: number | undefined;

  constructor(message: string, { status, ...options }: ErrorOptions & { status?: number | undefined } = {}) {
    super(message, options);
    this.status = status;
  }
}

/**
 * The error for a failure that ends the source.
 *
 * @param settings the names of the settings that hold the credentials; never their values
 */
export const toXApiError = (asked: Asked, settings: string, { found, status, cause }: Failure): XApiError =>
  new XApiError(`the ${asked} at X failed: ${found}; ${remedyFor(asked, settings, status)}`, { status, cause });

const remedyFor = (asked: Asked, settings: string, status: number | undefined): string => {
  // X answers a wrong consumer key with 403 and code 99, not with 401.
  if (asked === 'login' && status !== undefined && [400, 401, 403].includes(status)) return wrong(settings);
  switch (status) {
    case undefined:
      return 'expected an answer: check the network and https://docs.x.com/status, then start again';
    case 400:
      return 'expected a request that X understands: correct the rule or parameter it names';
    case 401:
      return wrong(settings);
    case 402:
      return 'expected credits, which are used up: add some at https://console.x.com';
    case 403:
      return 'expected an app with access to the filtered stream: give it a plan that includes it at https://console.x.com';
    case 404:
      return 'expected the filtered stream to be there: see that the app belongs to a project at https://console.x.com';
    default:
      return 'expected X to be well: see https://docs.x.com/status, then start again';
  }
};

const wrong = (settings: string): string =>
  `expected credentials that X accepts: ${settings} is wrong or was revoked; copy it again from https://console.x.com`;
