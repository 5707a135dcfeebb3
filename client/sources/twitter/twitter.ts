import { type Agent, globalAgent } from 'node:https';
import { setTimeout as delay } from 'node:timers/promises';
import { shown } from '../../../core/json.ts';
import type { SourceEvent } from '../../../core/source-event.ts';
import { leavable, type Source, type SourceContext, type Timing } from '../source.ts';
import { connect } from './connection.ts';
import { filteredStream } from './filtered-stream.ts';
import { logIn, settingsOf, type XCredentials } from './login.ts';
import { Retry } from './retry.ts';
import { applyRules, rulesFor } from './rules.ts';
import { type Asked, toXApiError } from './x-api-error.ts';

export interface TwitterOptions extends Partial<Timing> {
  credentials: XCredentials;
  /** The words and phrases to follow. */
  track: readonly string[];
  /** About so many percent of what matches, from 1 to 100. @default all */
  sample?: number;
  /** For a proxy, say. @default the agent of node:https */
  httpAgent?: Agent;
  /** How long X may send nothing before the connection counts as lost; it sends something every 20 s. @default 30 s */
  idleMs?: number;
  /** How long X may take to answer a request. @default 15 s */
  handshakeMs?: number;
  /** How long a connection must last before the waits between tries begin anew. @default 60 s */
  healthyMs?: number;
}

/** Failures in a row before the stream began: rather wrong settings than a passing trouble, so a person must look. */
const MAX_FAILURES_AT_START = 10;

/**
 * The source `twitter`: the tweets of an X API v2 filtered stream, as X sends them. It makes the rules of the app fit
 * `track`, reconnects as X asks for, and ends only by the signal, by its consumer or by an error.
 *
 * @throws {UsageError} at once, for words no rule can track or a sample no rule can take; while reading {XApiError}, where X refuses for good
 */
export const twitterSource = (options: TwitterOptions, context: SourceContext): Source => {
  const rules = rulesFor(options.track, options.sample);
  return leavable((inner) => read(options, rules, inner), context);
};

async function* read(
  options: TwitterOptions,
  rules: readonly string[],
  context: SourceContext,
): AsyncGenerator<SourceEvent, undefined> {
  const {
    credentials,
    httpAgent: agent = globalAgent,
    sleep = (ms, signal) => delay(ms, undefined, { signal }),
    random = Math.random,
    now = Date.now,
    idleMs = 30_000,
    handshakeMs = 15_000,
    healthyMs = 60_000,
  } = options;
  const { signal, note } = context;
  const retry = (asked: Asked, maxFailures?: number): Retry =>
    new Retry({
      ...context,
      sleep,
      random,
      now,
      toError: (failure) => toXApiError(asked, settingsOf(credentials), failure),
      ...(maxFailures !== undefined && { maxFailures }),
    });
  signal.throwIfAborted();
  const { api, bearerToken } = await retry('login', MAX_FAILURES_AT_START).until(() =>
    logIn(credentials, { agent, signal, timeoutMs: handshakeMs }),
  );
  const foreign = await retry('rules', MAX_FAILURES_AT_START).until(() => applyRules(api, rules));
  if (foreign.length > 0) {
    const rules = shown(foreign.map(({ value }) => value).join(' | '));
    note({ kind: 'problem', message: `the stream also brings what other rules of the app match: ${rules}` });
  }
  yield* filteredStream({
    ...context,
    connect: () => connect({ bearerToken, agent, signal, handshakeMs }),
    retry: retry('stream'),
    now,
    idleMs,
    healthyMs,
  });
}
