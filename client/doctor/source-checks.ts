import { count } from '../../cli/numbers.ts';
import { statsOf } from '../sources/file/file.ts';
import type { SourceNote } from '../sources/source.ts';
import { nameOfSource } from '../sources/source-name.ts';
import type { SourceSettings } from '../sources/source-settings.ts';
import { type Asked, failureOf, toXApiError } from '../sources/twitter/failure.ts';
import { logIn, settingsOf, type XCredentials } from '../sources/twitter/login.ts';
import { existingRules, planRules, rulesFor } from '../sources/twitter/rules.ts';
import { type Check, type Finding, failed, ok, skipped, type Tools } from './check.ts';

/** Whether the source can be read. This costs nothing and takes no event away. */
export const sourceCheck: Check = {
  name: 'source',
  run: ({ source }, tools, signal) => {
    switch (source.source) {
      case 'twitter':
        return checkX(source, tools, signal);
      case 'bluesky':
      case 'wikimedia':
        return checkLive(source, tools, signal);
      case 'file':
        return source.file === undefined
          ? skipped('no file is given')
          : checkFile({ ...source, file: source.file }, tools, signal);
      case 'stdin':
        return skipped('standard input is read only once the client runs');
      case 'synthetic':
        return checkSynthetic(source, tools, signal);
    }
  },
};

/** How long X may take to answer. Milliseconds. */
const ANSWER_MS = 10_000;

/**
 * Whether X accepts the credentials: a login where there is no token yet, and a request for the rules, which costs nothing.
 *
 * @throws {XApiError} where X refuses or cannot be reached; {UsageError} for words that no rule can track
 */
const checkX = async (
  { twitter, track, sample }: SourceSettings,
  { agent, clock }: Tools,
  signal: AbortSignal,
): Promise<Finding> => {
  if (!twitter) return skipped('there is no access to X to try');
  const wanted = rulesFor(track, sample);
  const call = { agent, signal, clock, handshakeMs: ANSWER_MS };
  const { api } = await asking('login', twitter, () => logIn(twitter, call));
  const rules = await asking('rules', twitter, () => existingRules(api));
  const others = planRules(rules, wanted).foreign.length;
  const shared = others > 0 ? `; the app has ${count(others, 'other rule')}, whose posts also come and cost` : '';
  return ok(`X accepts ${settingsOf(twitter).replace(' or ', ' and ')}${shared}`);
};

/** Replaces the errors of the library, which hold the request and so the token. */
const asking = async <T>(asked: Asked, credentials: XCredentials, call: () => Promise<T>): Promise<T> => {
  try {
    return await call();
  } catch (error) {
    const failure = failureOf(error);
    throw failure ? toXApiError(asked, settingsOf(credentials), failure) : error;
  }
};

/**
 * Whether a free live source can be reached: opens it as the client does, and leaves at the first event or connection.
 *
 * @throws what the source throws: {SourceError} where no other try would help, {UsageError} for wrong settings
 */
const checkLive = async (
  source: SourceSettings,
  { openSource, agent, clock, calendar }: Tools,
  signal: AbortSignal,
): Promise<Finding> => {
  const left = new AbortController();
  let last: SourceNote | undefined;
  const note = (now: SourceNote): void => {
    if (now.kind !== 'connected' && now.kind !== 'retry') return;
    last ??= now;
    left.abort();
  };
  const events = await openSource(source, {
    signal: AbortSignal.any([signal, left.signal]),
    clock,
    calendar,
    agent,
    note,
  });
  for await (const _ of events) {
    left.abort();
    return ok(`${nameOfSource(source)} sends events`);
  }
  if (last?.kind === 'connected') return ok(`${nameOfSource(source)} can be reached`);
  const found = last?.message.replace(/; trying again.*/, '') ?? `${nameOfSource(source)} ended by itself`;
  return failed(`${found}; check the network${source.url === undefined ? '' : ' and --url'}, then try again`);
};

/** Opens the file as the client does, and reads nothing of it. @throws {UsageError} what keeps it from being read */
const checkFile = async (
  source: SourceSettings & { file: string },
  { openSource, clock, calendar }: Tools,
  signal: AbortSignal,
): Promise<Finding> => {
  const { file, follow = false } = source;
  const stats = statsOf(file);
  // Opening a pipe would take its content from the client.
  if (!stats.isFile()) return skipped(`"${file}" is not a regular file; it is opened only once the client runs`);
  // A log that was rotated just now is empty, and grows.
  if (stats.size === 0 && !follow) return failed(`"${file}" is empty; expected one JSON event a line`);
  const notes: SourceNote[] = [];
  await openSource(source, { signal, clock, calendar, note: (note) => notes.push(note) });
  const packed = notes.some(({ kind }) => kind === 'packed') ? ' of gzip' : '';
  const hints = notes.flatMap(({ kind, message }) => (kind === 'problem' ? [message] : []));
  return ok(`"${file}" can be read, ${count(stats.size, 'byte')}${packed}`, ...hints);
};

/** @throws {UsageError} for settings that no event can have */
const checkSynthetic = async (
  source: SourceSettings,
  { openSource, clock, calendar }: Tools,
  signal: AbortSignal,
): Promise<Finding> => {
  await openSource(source, { signal, clock, calendar, note: () => {} });
  return ok('the generator can make such events');
};
