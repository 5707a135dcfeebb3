import { type Environment, present, readSecret } from '../../cli/environment.ts';
import { readCount, type readFlags, readWhole, readWithin, switches, values } from '../../cli/flags.ts';
import { withoutSecrets } from '../../cli/shown.ts';
import { defined } from '../../core/defined.ts';
import { shown } from '../../core/json.ts';
import type { XCredentials } from './twitter/login.ts';

export const SOURCES = ['twitter', 'bluesky', 'wikimedia', 'file', 'stdin', 'synthetic'] as const;

export type SourceName = (typeof SOURCES)[number];

/** Which source, and what it needs. */
export interface SourceSettings {
  source: SourceName;
  /** For `file`. */
  file?: string;
  /** For `file` and `stdin`: each line becomes a CloudEvent of this type, whatever it holds. */
  wrap?: string;
  /** For `file` and `stdin`: the field of an event whose text or number is its partition key. */
  key?: string;
  /** For `file` and `stdin`: the fields of plain JSON that are its id, its time and its type. */
  id?: string;
  time?: string;
  type?: string;
  /** For `file`: wait for more lines at its end, and read on through rotations. */
  follow?: boolean;
  /** For `twitter` and `bluesky`: words, of which a post holds at least one. Empty for `bluesky`: all posts. */
  track: string[];
  /** For `twitter`. */
  twitter?: XCredentials;
  /** For `twitter`: about so many percent of what matches, from 1 to 100. */
  sample?: number;
  /** For `bluesky` and `wikimedia`: a server other than the public ones. */
  url?: string;
  /** For `wikimedia`: whom its operators may write to. */
  contact?: string;
  /** For `synthetic`. */
  synthetic?: SyntheticSettings;
}

/** What the events of the source `synthetic` look like. */
export interface SyntheticSettings {
  /** Events a second; 0 is as fast as the stream takes them. */
  rate: number;
  /** Bytes of an event. */
  size: number;
  /** Different partition keys. */
  keys: number;
  /** How uneven the keys are: 0 is even, 1 is Zipf's law, where the second key has half as many events as the first. */
  skew: number;
  /** The same seed makes the same events. */
  seed: number;
}

/** The flags of every command that reads a source. */
export const SOURCE_FLAGS = {
  ...values('source', 'file', 'wrap', 'key', 'id', 'time', 'type', 'track', 'sample', 'url', 'contact'),
  ...values('rate', 'size', 'keys', 'skew', 'seed'),
  ...switches('follow'),
};

export type SourceFlags = ReturnType<typeof readFlags<typeof SOURCE_FLAGS>>;

/** The flags of a source are only for that source: one that would change nothing is a mistake. */
const SOURCES_OF: { [name in Exclude<keyof SourceFlags, 'source' | 'file'>]: readonly SourceName[] } = {
  wrap: ['file', 'stdin'],
  key: ['file', 'stdin'],
  id: ['file', 'stdin'],
  time: ['file', 'stdin'],
  type: ['file', 'stdin'],
  follow: ['file'],
  track: ['twitter', 'bluesky'],
  sample: ['twitter'],
  url: ['bluesky', 'wikimedia'],
  contact: ['wikimedia'],
  rate: ['synthetic'],
  size: ['synthetic'],
  keys: ['synthetic'],
  skew: ['synthetic'],
  seed: ['synthetic'],
};

/** Which source to read. Adds to `problems` what is wrong. */
export const readSourceSettings = (flags: SourceFlags, env: Environment, problems: string[]): SourceSettings => {
  const file = flags.file === '-' ? undefined : flags.file;
  const implied = flags.file === undefined ? 'twitter' : file === undefined ? 'stdin' : 'file';
  const source = SOURCES.find((name) => name === (flags.source ?? implied));
  if (!source) {
    problems.push(`unknown source "${flags.source}"; expected one of ${SOURCES.join(', ')}`);
    return { source: 'twitter', track: [] };
  }
  if (source === 'file' && file === undefined) problems.push('the source "file" needs --file PATH');
  if (file !== undefined && source !== 'file')
    problems.push(`--file does not go with --source ${source}; leave one of them out`);
  problems.push(...problemsOfFlags(source, flags));
  const sample = source === 'twitter' ? readWhole('sample', flags.sample, 1, 100, problems) : undefined;
  const twitter = source === 'twitter' ? readTwitterCredentials(env, problems) : undefined;
  const synthetic = source === 'synthetic' ? readSynthetic(flags, problems) : undefined;
  const url = readUrl(source, flags.url, problems);
  const contact = readContact(source, flags, env, problems);
  const track = readTrack(source, flags, env, problems);
  const { wrap, key, id, time, type, follow } = flags;
  return {
    source,
    track,
    ...defined({ file, wrap, key, id, time, type, follow, contact, sample, url, twitter, synthetic }),
  };
};

/** Flags that are not for the source, and those that say how lines become events and say nothing. */
const problemsOfFlags = (source: SourceName, flags: SourceFlags): string[] => {
  const given = Object.entries(SOURCES_OF).filter(([name]) => flags[name as keyof SourceFlags] !== undefined);
  const fields = (['key', 'id', 'time', 'type'] as const).filter((name) => flags[name] === '');
  return [
    ...given
      .filter(([, sources]) => !sources.includes(source))
      .map(([name, its]) => `--${name} does not go with the source "${source}"; it is for ${its.join(' and ')}`),
    ...(flags.wrap === '' ? ['--wrap is empty; expected the type of the events, such as com.example.log'] : []),
    ...fields.map((name) => `--${name} is empty; expected a field of the events, such as user.id`),
  ];
};

/** Without words Bluesky gives all posts, which is free. X charges for each, so it gets a default. */
const readTrack = (source: SourceName, flags: SourceFlags, env: Environment, problems: string[]): string[] => {
  const words = flags.track ?? (source === 'twitter' ? (present(env.TRACK) ?? 'yolo') : undefined);
  if (words === undefined) return [];
  const track = words.split(',').map((word) => word.trim());
  const name = flags.track === undefined ? 'TRACK' : '--track';
  if (track.includes('')) problems.push(`${name} holds an empty word; expected words with commas between them`);
  return track;
};

const readUrl = (source: SourceName, value: string | undefined, problems: string[]): string | undefined => {
  if (value === undefined || (/^(https?|wss?):\/\//.test(value) && URL.canParse(value))) return value;
  const example =
    source === 'wikimedia'
      ? 'https://stream.wikimedia.org/v2/stream/recentchange'
      : 'wss://jetstream2.us-east.bsky.network/subscribe';
  problems.push(`--url is "${withoutSecrets(value)}"; expected a URL like ${example}`);
  return undefined;
};

const readContact = (source: SourceName, flags: SourceFlags, env: Environment, problems: string[]) => {
  const contact = flags.contact ?? (source === 'wikimedia' ? present(env.WIKIMEDIA_CONTACT) : undefined);
  if (contact === undefined || /^[\x21-\x27\x2a-\x7e]+$/.test(contact)) return contact;
  const name = flags.contact === undefined ? 'WIKIMEDIA_CONTACT' : '--contact';
  problems.push(`${name} is ${shown(contact)}; expected a mail address or a URL, such as mailto:you@example.com`);
  return undefined;
};

const readSynthetic = (flags: SourceFlags, problems: string[]): SyntheticSettings => ({
  rate: readWithin('rate', flags.rate, 0, 1e9, problems) ?? 100,
  size: readCount('size', flags.size, problems) ?? 1_000,
  keys: readCount('keys', flags.keys, problems) ?? 1_000,
  skew: readWithin('skew', flags.skew, 0, 10, problems) ?? 0,
  seed: readWhole('seed', flags.seed, 0, 2 ** 32 - 1, problems) ?? 1,
});

/**
 * Made-up events that fit no record would fill the disk of the spool.
 *
 * @param recordLimit bytes of a record
 * @param hint what else to look at
 */
export const problemsOfSize = ({ synthetic }: SourceSettings, recordLimit: number, hint = ''): string[] => {
  if (!synthetic) return [];
  const most = recordLimit - `key-${synthetic.keys - 1}`.length;
  return synthetic.size > most
    ? [`--size is "${synthetic.size}"; expected at most ${most}, which fit into a record${hint}`]
    : [];
};

const readTwitterCredentials = (env: Environment, problems: string[]): SourceSettings['twitter'] => {
  const bearerToken = readSecret('TWITTER_BEARER_TOKEN', env, problems);
  if (bearerToken !== undefined) return { bearerToken };
  const consumerKey = readSecret('TWITTER_CONSUMER_KEY', env, problems);
  const consumerSecret = readSecret('TWITTER_CONSUMER_SECRET', env, problems);
  if (consumerKey !== undefined && consumerSecret !== undefined) return { consumerKey, consumerSecret };
  const missing = [
    ...(consumerKey === undefined ? ['TWITTER_CONSUMER_KEY'] : []),
    ...(consumerSecret === undefined ? ['TWITTER_CONSUMER_SECRET'] : []),
  ].join(' and ');
  problems.push(
    `no access to X: set ${missing}, or TWITTER_BEARER_TOKEN alone, in the environment or in .env (see .env.example)`,
  );
  return undefined;
};
