import type { Agent } from 'node:https';
import { type ITwitterApiClientPlugin, TwitterApi } from 'twitter-api-v2';
import { XApiError } from './x-api-error.ts';

/** The stream takes a bearer token alone; the key and secret of an app obtain one. */
export type XCredentials = { bearerToken: string } | { consumerKey: string; consumerSecret: string };

export interface XCallOptions {
  agent: Agent;
  signal: AbortSignal;
  /** How long X may stay silent. Milliseconds. */
  timeoutMs: number;
}

/** What the client needs after the login: the library's calls for the rules, and the token for the stream. */
export interface XClient {
  api: TwitterApi['v2'];
  bearerToken: string;
}

/** The names of the settings that hold the credentials. */
export const settingsOf = (credentials: XCredentials): string =>
  'bearerToken' in credentials ? 'TWITTER_BEARER_TOKEN' : 'TWITTER_CONSUMER_KEY or TWITTER_CONSUMER_SECRET';

/**
 * Logs in: asks X for a bearer token, unless there is one. A bearer token is tested by its first use only.
 * https://docs.x.com/fundamentals/authentication/oauth-2-0/application-only
 */
export const logIn = async (credentials: XCredentials, { agent, ...call }: XCallOptions): Promise<XClient> => {
  const settings = { httpAgent: agent, plugins: [bounded(call)] };
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

/** The library's calls take no signal and no timeout, but a plugin may set both. */
const bounded = ({ signal, timeoutMs }: Omit<XCallOptions, 'agent'>): ITwitterApiClientPlugin => ({
  onBeforeRequest: ({ requestOptions }) => {
    requestOptions.signal = signal;
    requestOptions.timeout = timeoutMs;
  },
});
