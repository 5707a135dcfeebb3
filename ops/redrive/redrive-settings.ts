import type { Credentials } from '../../aws/credentials.ts';
import { isLoopback, readEndpoint, readRegion } from '../../aws/endpoint.ts';
import { LOCAL_CREDENTIALS } from '../../aws/local-stack.ts';
import type { RedriveOutputs } from '../../aws/stack-outputs.ts';
import { type Environment, present } from '../../cli/environment.ts';
import { readCount, readFlags } from '../../cli/flags.ts';
import { UsageError } from '../../cli/usage-error.ts';
import type { Selection } from './selection.ts';

/** Where one service is, if not at AWS. */
export interface Endpoints {
  kinesis?: string;
  dynamoDb?: string;
  s3?: string;
}

export interface RedriveSettings {
  stream: string;
  region: string;
  endpoints: Endpoints;
  /** Those of a stack on this machine; at AWS the credential chain decides. */
  credentials?: Credentials;
  /** A table. */
  rejectedEvents?: string;
  failedBatches?: { bucket: string } | { folder: string; mayBeMissing: boolean };
  selection: Selection;
  /** Events. */
  limit?: number;
  /** Events a second. */
  rate?: number;
  patienceMs: number;
  dryRun: boolean;
  json: boolean;
}

const FLAGS = {
  stack: { type: 'string' },
  local: { type: 'boolean' },
  region: { type: 'string' },
  stream: { type: 'string' },
  'rejected-events': { type: 'string' },
  'failed-batches': { type: 'string' },
  endpoint: { type: 'string' },
  'dynamodb-endpoint': { type: 'string' },
  's3-endpoint': { type: 'string' },
  'dry-run': { type: 'boolean' },
  reason: { type: 'string', multiple: true },
  since: { type: 'string' },
  limit: { type: 'string' },
  rate: { type: 'string' },
  patience: { type: 'string' },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

/** What `npm run local` uses. */
const LOCAL = {
  kinesis: 'http://127.0.0.1:4567',
  dynamoDb: 'http://127.0.0.1:8000',
  stream: 'local-EventStream',
  rejectedEvents: 'local-RejectedEvents',
  failedBatches: '.local/failed-batches',
};

/** Seconds for which a service may take nothing before the redrive gives up. */
const PATIENCE = 300;

/** What the command line says, before the stack's outputs are known. @throws {UsageError} */
export type RedriveFlags = ReturnType<typeof readFlags<typeof FLAGS>>;
export const readRedriveFlags = (argv: readonly string[]): RedriveFlags => readFlags(argv, FLAGS);

/**
 * The settings of a redrive: flags, then the stack's outputs or the local stack's names, then the environment.
 *
 * @param now the start of the run, milliseconds since 1970
 * @throws {UsageError} with every problem at once
 */
export const readRedriveSettings = (
  flags: RedriveFlags,
  env: Environment,
  now: number,
  outputs?: RedriveOutputs,
): RedriveSettings => {
  const problems: string[] = [];
  if (flags.stack !== undefined && flags.local)
    problems.push('--stack and --local exclude each other; give one of them');
  const endpoints = readEndpoints(flags, env, problems);
  const isLocal = endpoints.kinesis !== undefined && isLoopback(endpoints.kinesis);
  const local = flags.local ? LOCAL : undefined;
  const stream = flags.stream ?? outputs?.stream ?? local?.stream ?? present(env.KINESIS_STREAM);
  if (stream === undefined) problems.push('no stream: give --stack NAME, --local or --stream NAME');
  const region = readRegion(flags, env) ?? outputs?.region ?? (isLocal ? 'us-east-1' : undefined);
  if (region === undefined) problems.push('no region: give --region NAME or AWS_REGION');
  const rejectedEvents = flags['rejected-events'] ?? outputs?.rejectedEventsTable ?? local?.rejectedEvents;
  const failedBatches = readFailedBatches(flags['failed-batches'], outputs, local, problems);
  if (rejectedEvents === undefined && failedBatches === undefined && flags['failed-batches'] === undefined)
    problems.push('nothing to put back: give --stack NAME, --local, --rejected-events NAME or --failed-batches PLACE');
  const isElsewhere = (endpoint: string | undefined): boolean =>
    (endpoint !== undefined && isLoopback(endpoint)) !== isLocal;
  // What is put back is removed: events must not leave AWS for a stream that ends with its terminal.
  if (rejectedEvents !== undefined && isElsewhere(endpoints.dynamoDb))
    problems.push(apart('DynamoDB', endpoints.dynamoDb, endpoints.kinesis, '--dynamodb-endpoint URL'));
  if (failedBatches && 'bucket' in failedBatches && isElsewhere(endpoints.s3))
    problems.push(apart('S3', endpoints.s3, endpoints.kinesis, '--s3-endpoint URL'));
  const since = flags.since === undefined ? undefined : readSince(flags.since, now, problems);
  const reasons = (flags.reason ?? []).flatMap((names) => names.split(',').map((name) => name.trim()));
  if (reasons.includes('')) problems.push('--reason holds an empty name; expected names with commas between them');
  const limit = readCount('limit', flags.limit, problems);
  const rate = readCount('rate', flags.rate, problems);
  const patience = readCount('patience', flags.patience, problems) ?? PATIENCE;
  if (problems.length > 0 || stream === undefined || region === undefined) throw new UsageError(problems);
  return {
    stream,
    region,
    endpoints,
    ...(isLocal ? { credentials: { ...LOCAL_CREDENTIALS } } : {}),
    ...(rejectedEvents === undefined ? {} : { rejectedEvents }),
    ...(failedBatches === undefined ? {} : { failedBatches }),
    selection: { reasons, ...(since === undefined ? {} : { since }), before: now },
    ...(limit === undefined ? {} : { limit }),
    ...(rate === undefined ? {} : { rate }),
    patienceMs: patience * 1000,
    dryRun: flags['dry-run'] ?? false,
    json: flags.json ?? false,
  };
};

const readEndpoints = (flags: RedriveFlags, env: Environment, problems: string[]): Endpoints => {
  const read = (flag: 'endpoint' | 'dynamodb-endpoint' | 's3-endpoint', variable: string): string | undefined => {
    const wrong: string[] = [];
    const endpoint = readEndpoint(flags[flag] ?? present(env[variable]), wrong);
    problems.push(...wrong.map((problem) => `--${flag}: ${problem}`));
    return endpoint;
  };
  const local = flags.local ? LOCAL : undefined;
  const kinesis = read('endpoint', 'AWS_ENDPOINT_URL_KINESIS') ?? local?.kinesis;
  const dynamoDb = read('dynamodb-endpoint', 'AWS_ENDPOINT_URL_DYNAMODB') ?? local?.dynamoDb;
  const s3 = read('s3-endpoint', 'AWS_ENDPOINT_URL_S3');
  return {
    ...(kinesis === undefined ? {} : { kinesis }),
    ...(dynamoDb === undefined ? {} : { dynamoDb }),
    ...(s3 === undefined ? {} : { s3 }),
  };
};

const apart = (service: string, endpoint: string | undefined, kinesis: string | undefined, flag: string): string =>
  `${service} is at ${endpoint ?? 'AWS'}, but Kinesis at ${kinesis ?? 'AWS'}; expected both at AWS or both on this machine: ` +
  `check --endpoint URL and ${flag}`;

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;

const readFailedBatches = (
  value: string | undefined,
  outputs: RedriveOutputs | undefined,
  local: typeof LOCAL | undefined,
  problems: string[],
): RedriveSettings['failedBatches'] => {
  if (value === undefined) {
    if (outputs) return { bucket: outputs.failedBatches };
    return local && { folder: local.failedBatches, mayBeMissing: true };
  }
  if (!value.startsWith('s3:')) return { folder: value, mayBeMissing: false };
  const bucket = /^s3:\/\/([^/]+)\/?$/.exec(value)?.[1];
  if (bucket !== undefined && BUCKET.test(bucket)) return { bucket };
  problems.push(`--failed-batches is "${value}"; expected a folder, or a bucket as s3://NAME`);
  return undefined;
};

const UNITS: Record<string, number> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const ISO_8601 = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})?)?$/;

const readSince = (value: string, now: number, problems: string[]): number | undefined => {
  const [, length, unit = ''] = /^(\d{1,9})([smhd])$/.exec(value) ?? [];
  if (length !== undefined) return now - Number(length) * UNITS[unit]!;
  // A time without a zone is UTC, as everything that is stored.
  const zoned = value.includes('T') && !/(Z|[+-]\d{2}:\d{2})$/.test(value) ? `${value}Z` : value;
  const time = ISO_8601.test(value) ? Date.parse(zoned) : Number.NaN;
  if (time <= now) return time;
  problems.push(
    Number.isNaN(time)
      ? `--since is "${value}"; expected 30m, 2h, 7d, or a time like 2026-11-20T12:00:00Z`
      : `--since is "${value}", which is yet to come; expected a time in the past`,
  );
  return undefined;
};
