import { globalAgent } from 'node:https';
import { defined } from '../../../core/defined.ts';
import { shown } from '../../../core/json.ts';
import { retry } from '../../../core/retry.ts';
import type { SourceEvent } from '../../../core/source-event.ts';
import { reconnecting, type WaitAfter } from '../reconnecting.ts';
import { leavable, type Source, type SourceContext } from '../source.ts';
import { type Asked, toXApiError } from './failure.ts';
import { tweetReader } from './filtered-stream.ts';
import { logIn, settingsOf, type XCredentials } from './login.ts';
import { applyRules, rulesFor } from './rules.ts';
import { requestStream } from './stream-request.ts';
import { waitsOfX } from './waits.ts';

export interface TwitterOptions {
  credentials: XCredentials;
  /** The words and phrases to follow. */
  track: readonly string[];
  /** About so many percent of what matches, from 1 to 100. @default all */
  sample?: number;
  /**
   * How long X may send nothing before the connection counts as lost; it sends something every 20 s. Milliseconds. @default 30 s
   * https://docs.x.com/x-api/fundamentals/handling-disconnections
   */
  idleMs?: number;
  /** How long X may take to answer a request. Milliseconds. @default 15 s */
  handshakeMs?: number;
}

/** Failures in a row before the stream began: more likely a wrong setting than a fault that passes, so a person must look. */
const MAX_FAILURES_AT_START = 10;

/**
 * The source `twitter`: the tweets of an X API v2 filtered stream, as X sends them. It makes the rules of the app fit
 * `track`, reconnects as X asks for, and ends only by the signal, by its consumer or by an error.
 *
 * @throws {UsageError} at once, for words that no rule can have; while reading {XApiError}, where X refuses for good
 */
export const twitterSource = (options: TwitterOptions, context: SourceContext): Source => {
  const rules = rulesFor(options.track, options.sample);
  return leavable((inner) => read(options, rules, inner), context);
};

async function* read(
  { credentials, idleMs = 30_000, handshakeMs = 15_000 }: TwitterOptions,
  rules: readonly string[],
  context: SourceContext,
): AsyncGenerator<readonly SourceEvent[], undefined> {
  const { signal, note, clock, calendar, agent = globalAgent } = context;
  const waitsFor = (asked: Asked, maxFailures?: number): WaitAfter =>
    waitsOfX({
      clock,
      calendar,
      note,
      toError: (failure) => toXApiError(asked, settingsOf(credentials), failure),
      ...defined({ maxFailures }),
    });
  const answerTo = <T>(asked: Asked, call: () => Promise<T>): Promise<T> =>
    retry(call, { clock, signal, waitAfter: waitsFor(asked, MAX_FAILURES_AT_START) });
  signal.throwIfAborted();
  const call = { agent, signal, clock, handshakeMs };
  const { api, bearerToken } = await answerTo('login', () => logIn(credentials, call));
  const foreign = await answerTo('rules', () => applyRules(api, rules));
  if (foreign.length > 0) {
    const rules = shown(foreign.map(({ value }) => value).join(' | '));
    note({ kind: 'problem', message: `the stream also brings what other rules of the app match: ${rules}` });
  }
  const connect = () => requestStream(bearerToken, call);
  yield* reconnecting(tweetReader({ ...context, connect, idleMs }), { ...context, waitAfter: waitsFor('stream') });
}
