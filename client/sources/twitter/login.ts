import type { Agent } from 'node:https';
import { type ITwitterApiClientPlugin, TwitterApi } from 'twitter-api-v2';
import type { Clock } from '../../../core/clock.ts';
import { isObject } from '../../../core/json.ts';
import { startTimeout } from '../../timeout.ts';
import { unexpectedAnswer, XApiError } from './failure.ts';

/** The stream takes a bearer token only; the key and secret of an app obtain one. */
export type XCredentials = { bearerToken: string } | { consumerKey: string; consumerSecret: string };

/** How X is called. */
export interface XCall {
  agent: Agent;
  signal: AbortSignal;
  clock: Pick<Clock, 'sleep'>;
  /** How long X may take to answer a request, from the connection on. Milliseconds. */
  handshakeMs: number;
}

/**
 * The encoding that the library asks for. It would unpack another without listening for errors: an answer that says it is packed, and
 * is not, would end the process. The posts go on to Kinesis unpacked as well, so little is saved.
 */
export const UNPACKED = 'identity' as const;

/** What the client needs after the login: the library's calls for the rules, and the token for the stream. */
export interface XClient {
  api: TwitterApi['v2'];
  bearerToken: string;
}

/** The names of the settings that hold the credentials. */
export const settingsOf = (credentials: XCredentials): string =>
  'bearerToken' in credentials ? 'TWITTER_BEARER_TOKEN' : 'TWITTER_CONSUMER_KEY or TWITTER_CONSUMER_SECRET';

/**
 * Logs in: asks X for a bearer token, unless there is one. The first use of a bearer token shows whether X accepts it.
 * https://docs.x.com/fundamentals/authentication/oauth-2-0/application-only
 */
export const logIn = async (credentials: XCredentials, { agent, ...call }: XCall): Promise<XClient> => {
  const settings = { httpAgent: agent, plugins: [bounded(call), OBJECTS_ONLY], compression: UNPACKED };
  const client =
    'bearerToken' in credentials
      ? new TwitterApi(credentials.bearerToken, settings)
      : await new TwitterApi(
          { appKey: credentials.consumerKey, appSecret: credentials.consumerSecret },
          settings,
        ).appLogin();
  const token = client.getActiveTokens();
  if (token.type !== 'oauth2')
    throw new XApiError('the login at X gave no bearer token; expected one: check that the answer comes from X itself');
  return { api: client.v2, bearerToken: token.bearerToken };
};

/** The library's calls take no signal, but a plugin may set one. It makes one request at a time. */
const bounded = ({ signal, clock, handshakeMs }: Omit<XCall, 'agent'>): ITwitterApiClientPlugin => {
  let endTimeout = (): void => {};
  const onAnswer = (): void => endTimeout();
  return {
    onBeforeRequest: ({ requestOptions }) => {
      const late = new AbortController();
      const tooLate = new Error(`no answer within ${handshakeMs / 1000} s`);
      endTimeout = startTimeout(clock, handshakeMs, () => late.abort(tooLate));
      requestOptions.signal = AbortSignal.any([signal, late.signal]);
    },
    onAfterRequest: onAnswer,
    onRequestError: onAnswer,
    onResponseError: onAnswer,
  };
};

/** The library takes whatever comes with a good status, and would only miss a field of it. */
const OBJECTS_ONLY: ITwitterApiClientPlugin = {
  onAfterRequest: ({ response: { data } }) => {
    if (!isObject(data)) throw unexpectedAnswer(data, 'a JSON object');
  },
};
