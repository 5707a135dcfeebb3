import type { StreamingV2Rule } from 'twitter-api-v2';
import { systemClock } from '../../aws/system-clock.ts';
import { count } from '../../cli/numbers.ts';
import type { SourceSettings } from '../sources/source-settings.ts';
import { type Asked, failureOf, toXApiError } from '../sources/twitter/failure.ts';
import { logIn, settingsOf, type XCredentials } from '../sources/twitter/login.ts';
import { planRules, rulesFor } from '../sources/twitter/rules.ts';
import { type Finding, ok, skipped, type Tools } from './check.ts';

/** How long X may stay silent. Milliseconds. */
const ANSWER_MS = 10_000;

/**
 * Whether X accepts the credentials: a login where there is no token yet, and a look at the rules, which costs nothing.
 *
 * @throws {XApiError} where X refuses or cannot be reached; {UsageError} for words that no rule can track
 */
export const checkX = async (
  { twitter, track }: SourceSettings,
  { httpAgent: agent }: Pick<Tools, 'httpAgent'>,
  signal: AbortSignal,
): Promise<Finding> => {
  if (!twitter) return skipped('there is no access to X to try');
  const wanted = rulesFor(track);
  const { api } = await asking('login', twitter, () =>
    logIn(twitter, { agent, signal, clock: systemClock, timeoutMs: ANSWER_MS }),
  );
  // Where there are no rules X leaves out `data`, whatever the library's type says.
  const { data: rules = [] }: { data?: StreamingV2Rule[] } = await asking('rules', twitter, () => api.streamRules());
  const others = planRules(rules, wanted).foreign.length;
  const shared = others > 0 ? `; the app has ${count(others, 'rule')} of others, whose posts come and cost, too` : '';
  return ok(`X accepts ${settingsOf(twitter).replace(' or ', ' and ')}${shared}`);
};

/** The library's own errors hold the request, and so the token. */
const asking = async <T>(asked: Asked, credentials: XCredentials, call: () => Promise<T>): Promise<T> => {
  try {
    return await call();
  } catch (error) {
    const failure = failureOf(error);
    throw failure ? toXApiError(asked, settingsOf(credentials), failure) : error;
  }
};
