import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { Credentials } from '../aws/kinesis.ts';
import type { StackOutputs } from '../aws/stack-outputs.ts';
import { UsageError } from '../cli/usage-error.ts';
import { besideCheckpoint } from './kept/checkpoint.ts';

export const SOURCES = ['twitter', 'bluesky', 'wikimedia', 'file', 'stdin', 'synthetic'] as const;
export type SourceName = (typeof SOURCES)[number];

/** Which source, and what it needs. */
export interface SourceSettings {
  source: SourceName;
  /** For `file`. */
  file?: string;
  /** For `file` and `stdin`: each line becomes a CloudEvent of this type, whatever it holds. */
  wrap?: string;
  /** For `twitter` and `bluesky`: words, of which a post holds at least one. Empty for `bluesky`: all posts. */
  track: string[];
  /** For `twitter`. */
  twitter?: { bearerToken: string } | { consumerKey: string; consumerSecret: string };
  /** For `twitter`: about so many percent of what matches, from 1 to 100. */
  sample?: number;
  /** For `bluesky` and `wikimedia`: a server other than the public ones. */
  url?: string;
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

export interface Settings extends SourceSettings {
  stream: string;
  region: string;
  endpoint?: string;
  /** Those of the environment, else the client user's, where the stack keeps some; else the AWS credential chain decides. */
  credentials?: Credentials;
  max?: number;
  /** Whether the events of one partition key stay in order, whatever Kinesis refuses. */
  ordered: boolean;
  /** Whether small events share records. */
  aggregate: boolean;
  /** Bytes that one record of the stream may have, its partition key included. */
  recordLimit: number;
  patienceMs: number;
  /** The file for events that cannot be delivered, where the user names one. */
  spool?: string;
  /** For `file`: where it is remembered how far the file has been delivered. */
  checkpoint?: string;
  json: boolean;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** The flags of every command that reads a source. */
export const SOURCE_FLAGS = {
  source: { type: 'string' },
  file: { type: 'string' },
  wrap: { type: 'string' },
  track: { type: 'string' },
  sample: { type: 'string' },
  url: { type: 'string' },
  rate: { type: 'string' },
  size: { type: 'string' },
  keys: { type: 'string' },
  skew: { type: 'string' },
  seed: { type: 'string' },
} as const;

export type SourceFlags = { [name in keyof typeof SOURCE_FLAGS]?: string | undefined };

/** The flags of a source are for that source alone: one that would change nothing is a mistake. */
const FLAGS_OF: { [name in Exclude<keyof SourceFlags, 'source' | 'file'>]: readonly SourceName[] } = {
  wrap: ['file', 'stdin'],
  track: ['twitter', 'bluesky'],
  sample: ['twitter'],
  url: ['bluesky', 'wikimedia'],
  rate: ['synthetic'],
  size: ['synthetic'],
  keys: ['synthetic'],
  skew: ['synthetic'],
  seed: ['synthetic'],
};

const FLAGS = {
  ...SOURCE_FLAGS,
  stream: { type: 'string' },
  region: { type: 'string' },
  stack: { type: 'string' },
  endpoint: { type: 'string' },
  max: { type: 'string' },
  ordered: { type: 'boolean' },
  aggregate: { type: 'boolean' },
  'record-limit': { type: 'string' },
  patience: { type: 'string' },
  spool: { type: 'string' },
  checkpoint: { type: 'string' },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

/** Seconds for which Kinesis may take nothing before the client gives up. */
const PATIENCE = 300;

/**
 * KiB of one record: what a stream takes by default, and the most it can be told to take (MaxRecordSizeInKiB).
 * https://docs.aws.amazon.com/streams/latest/dev/large-records.html
 */
const RECORD_LIMIT = { byDefault: 1_024, most: 10_240 };

/**
 * Reads the flags of a command.
 *
 * @throws {UsageError} for an unknown flag or one without its value. Secrets have no flags: every process of a machine
 *   may read the arguments of the others.
 */
export const readFlags = <T extends NonNullable<Parameters<typeof parseArgs>[0]>['options']>(
  argv: readonly string[],
  options: T & {},
) => {
  try {
    return parseArgs({ args: [...argv], options, strict: true, allowPositionals: false }).values;
  } catch (error) {
    const [problem] = String((error as Error).message).split('. ');
    const known = Object.keys(options).map((name) => `--${name}`);
    const hint = SECRET_FLAG.test(String(problem))
      ? 'secrets are read from the environment or from .env, never from the command line'
      : `the options are ${known.join(', ')}`;
    throw new UsageError([`${problem?.replace(/ See .*/, '')}; ${hint}`]);
  }
};

const SECRET_FLAG = /secret|key|token|password/i;

/** What the command line and the environment say, before the stack's outputs are known. */
export type ClientFlags = ReturnType<typeof readFlags<typeof FLAGS>>;
export const readClientFlags = (argv: readonly string[]): ClientFlags => readFlags(argv, FLAGS);

/**
 * The client's settings: flags, then the environment (in which .env is already), then the stack's outputs.
 *
 * @throws {UsageError} with every problem at once
 */
export const readSettings = (flags: ClientFlags, env: Environment, outputs?: StackOutputs): Settings => {
  const problems: string[] = [];
  const source = readSourceSettings(flags, env, problems);
  const endpoint = readEndpoint(flags.endpoint ?? present(env.AWS_ENDPOINT_URL_KINESIS), problems);
  const isLocal = endpoint !== undefined && isLoopback(endpoint);
  const stream = flags.stream ?? present(env.KINESIS_STREAM) ?? outputs?.stream;
  if (stream === undefined)
    problems.push('no stream: give --stream NAME, KINESIS_STREAM, or --stack NAME to read it from the stack');
  const region = readRegion(flags, env) ?? outputs?.region ?? (isLocal ? 'us-east-1' : undefined);
  if (region === undefined)
    problems.push('no region: give --region NAME, AWS_REGION, or --stack NAME to read it from the stack');
  const credentials =
    readCredentials(env, problems) ??
    (hasCredentialChain(env) ? undefined : outputs ? outputs.credentials : isLocal ? LOCAL_CREDENTIALS : undefined);
  const max = readCount('max', flags.max, problems);
  const patience = readCount('patience', flags.patience, problems) ?? PATIENCE;
  const recordLimit = readCount('record-limit', flags['record-limit'], problems) ?? RECORD_LIMIT.byDefault;
  if (recordLimit > RECORD_LIMIT.most)
    problems.push(
      `--record-limit is "${recordLimit}"; expected at most ${RECORD_LIMIT.most} KiB, which no stream exceeds`,
    );
  const { spool, checkpoint } = readKeptFiles(flags, source, problems);
  if (problems.length > 0 || stream === undefined || region === undefined) throw new UsageError(problems);
  return {
    ...source,
    stream,
    region,
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(credentials === undefined ? {} : { credentials }),
    ...(max === undefined ? {} : { max }),
    ordered: flags.ordered ?? false,
    aggregate: flags.aggregate ?? false,
    recordLimit: recordLimit * 1024,
    patienceMs: patience * 1000,
    ...(spool === undefined ? {} : { spool }),
    ...(checkpoint === undefined ? {} : { checkpoint }),
    json: flags.json ?? false,
  };
};

/** The files in which the client keeps what must outlive it. Adds to `problems` what is wrong. */
const readKeptFiles = (
  { spool, checkpoint }: ClientFlags,
  { source, file }: SourceSettings,
  problems: string[],
): { spool: string | undefined; checkpoint: string | undefined } => {
  if (spool === '') problems.push('--spool is empty; expected a path');
  if (checkpoint === '') problems.push('--checkpoint is empty; expected a path');
  if (checkpoint !== undefined && source !== 'file')
    problems.push('--checkpoint needs --file PATH; no other source can be read again from where the last run ended');
  const paths = [file, spool, checkpoint].flatMap((path) => (path ? [resolve(path)] : []));
  if (new Set(paths).size < paths.length)
    problems.push('--file, --spool and --checkpoint name the same file twice; expected a file for each');
  else if (checkpoint && paths.includes(resolve(besideCheckpoint(checkpoint))))
    problems.push(
      `--file or --spool is "${besideCheckpoint(checkpoint)}", where the checkpoint is written before it takes its place; expected another file`,
    );
  return { spool, checkpoint };
};

/** Where the stack lies, as far as the flags and the environment say. */
export const readRegion = (flags: { region?: string | undefined }, env: Environment): string | undefined =>
  flags.region ?? present(env.AWS_REGION) ?? present(env.AWS_DEFAULT_REGION);

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
  for (const [name, sources] of Object.entries(FLAGS_OF))
    if (flags[name as keyof SourceFlags] !== undefined && !sources.includes(source))
      problems.push(`--${name} does not go with the source "${source}"; it is for ${sources.join(' and ')}`);
  const sample = source === 'twitter' ? readWhole('sample', flags.sample, 1, 100, problems) : undefined;
  const twitter = source === 'twitter' ? readTwitterCredentials(env, problems) : undefined;
  const url = readUrl(flags.url, problems);
  if (flags.wrap === '') problems.push('--wrap is empty; expected the type of the events, such as com.example.log');
  return {
    source,
    track: readTrack(source, flags, env, problems),
    ...(file === undefined ? {} : { file }),
    ...(flags.wrap === undefined ? {} : { wrap: flags.wrap }),
    ...(sample === undefined ? {} : { sample }),
    ...(url === undefined ? {} : { url }),
    ...(twitter ? { twitter } : {}),
    ...(source === 'synthetic' ? { synthetic: readSynthetic(flags, problems) } : {}),
  };
};

/** Whoever gives no words wants all of Bluesky, which is free, but never all of X. */
const readTrack = (source: SourceName, flags: SourceFlags, env: Environment, problems: string[]): string[] => {
  const words = flags.track ?? (source === 'twitter' ? (present(env.TRACK) ?? 'yolo') : undefined);
  if (words === undefined) return [];
  const track = words.split(',').map((word) => word.trim());
  if (track.includes('')) problems.push('--track holds an empty word; expected words with commas between them');
  return track;
};

const readUrl = (value: string | undefined, problems: string[]): string | undefined => {
  if (value === undefined || (/^(https?|wss?):\/\//.test(value) && URL.canParse(value))) return value;
  problems.push(
    `--url is "${withoutUser(value)}"; expected a URL like wss://jetstream2.us-east.bsky.network/subscribe`,
  );
  return undefined;
};

const readSynthetic = (flags: SourceFlags, problems: string[]): SyntheticSettings => ({
  rate: readWithin('rate', flags.rate, 0, 1e9, problems) ?? 100,
  size: readCount('size', flags.size, problems) ?? 1_000,
  keys: readCount('keys', flags.keys, problems) ?? 1_000,
  skew: readWithin('skew', flags.skew, 0, 10, problems) ?? 0,
  seed: readWhole('seed', flags.seed, 0, 2 ** 32 - 1, problems) ?? 1,
});

/** A number, as flags have it. Adds to `problems` what is wrong. */
const readWithin = (
  name: string,
  value: string | undefined,
  least: number,
  most: number,
  problems: string[],
): number | undefined => {
  if (value === undefined) return undefined;
  const number = Number(value);
  if (/^\d+(\.\d+)?$/.test(value) && number >= least && number <= most) return number;
  problems.push(`--${name} is "${value}"; expected a number from ${least} to ${most}`);
  return undefined;
};

/** The same for a whole number. */
const readWhole: typeof readWithin = (name, value, least, most, problems) => {
  const number = readWithin(name, value, least, most, problems);
  if (number === undefined || Number.isInteger(number)) return number;
  problems.push(`--${name} is "${value}"; expected a whole number from ${least} to ${most}`);
  return undefined;
};

/** Empty variables are those that a copied .env.example leaves empty: they count as absent. */
export const present = (value: string | undefined): string | undefined => (value === '' ? undefined : value);

const readTwitterCredentials = (env: Environment, problems: string[]): SourceSettings['twitter'] => {
  const bearerToken = present(env.TWITTER_BEARER_TOKEN);
  if (bearerToken !== undefined) return { bearerToken };
  const consumerKey = present(env.TWITTER_CONSUMER_KEY);
  const consumerSecret = present(env.TWITTER_CONSUMER_SECRET);
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

const readCredentials = (env: Environment, problems: string[]): Credentials | undefined => {
  const accessKeyId = present(env.AWS_ACCESS_KEY_ID);
  const secretAccessKey = present(env.AWS_SECRET_ACCESS_KEY);
  if (accessKeyId === undefined && secretAccessKey === undefined) return undefined;
  if (accessKeyId === undefined || secretAccessKey === undefined) {
    const missing = accessKeyId === undefined ? 'AWS_ACCESS_KEY_ID' : 'AWS_SECRET_ACCESS_KEY';
    problems.push(`${missing} is not set, but its other half is; set both or neither`);
    return undefined;
  }
  if (secretAccessKey.startsWith('arn:')) {
    problems.push(
      'AWS_SECRET_ACCESS_KEY is the name of a secret; expected its value: see the README, or use --stack NAME',
    );
    return undefined;
  }
  const sessionToken = present(env.AWS_SESSION_TOKEN);
  return { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) };
};

/** Whether the environment says itself what to sign with. The keys of a stack are not used then, and need not be read. */
export const hasOwnCredentials = (env: Environment): boolean =>
  hasCredentialChain(env) ||
  ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'].some((name) => present(env[name]) !== undefined);

const hasCredentialChain = (env: Environment): boolean =>
  ['AWS_PROFILE', 'AWS_WEB_IDENTITY_TOKEN_FILE', 'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI'].some(
    (name) => present(env[name]) !== undefined,
  );

/** A stack on this machine takes any credentials, but the SDK insists on signing. */
export const LOCAL_CREDENTIALS: Credentials = { accessKeyId: 'local', secretAccessKey: 'local' };

export const readEndpoint = (value: string | undefined, problems: string[]): string | undefined => {
  if (value === undefined) return undefined;
  if (/^https?:\/\/[^/?#@]+\/?$/.test(value) && URL.canParse(value)) return value;
  problems.push(`the endpoint is "${withoutUser(value)}"; expected a URL like http://127.0.0.1:4567`);
  return undefined;
};

/** A URL for a message: whoever puts a user and a password into one has not meant them for a log. */
const withoutUser = (url: string): string => url.replace(/\/\/.*@/, '//…@');

export const isLoopback = (endpoint: string): boolean =>
  /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(new URL(endpoint).hostname);

/** A whole number from 1, as flags have it. Adds to `problems` what is wrong. */
export const readCount = (name: string, value: string | undefined, problems: string[]): number | undefined => {
  if (value === undefined) return undefined;
  if (/^[1-9]\d{0,14}$/.test(value)) return Number(value);
  problems.push(`--${name} is "${value}"; expected a whole number from 1`);
  return undefined;
};
