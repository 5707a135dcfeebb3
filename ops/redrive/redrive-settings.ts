import { relative } from 'node:path';
import type { Credentials } from '../../aws/credentials.ts';
import { isLoopback, readEndpoint, readRegion } from '../../aws/endpoint.ts';
import { LOCAL, LOCAL_REGION, localCredentials } from '../../aws/local-stack.ts';
import { type Environment, present } from '../../cli/environment.ts';
import { readCount, readPast, readWhole, refuseBoth } from '../../cli/flags.ts';
import { UsageError } from '../../cli/usage-error.ts';
import { defined } from '../../core/defined.ts';
import { KB, RECORD_BYTES } from '../../core/limits.ts';
import { FAILED_BATCHES } from '../../local/mapping/failed-batch-folder.ts';
import type { RedriveOutputs } from '../outputs.ts';
import { isUnread } from '../place.ts';
import type { RedriveFlags } from './redrive-flags.ts';
import type { Selection } from './select-entries.ts';
import type { StreamRange } from './stream-records.ts';

/** Where one service is, if not at AWS. */
interface Endpoints {
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
  /** Records of the stream itself, in place of the table and the bucket. */
  fromStream?: StreamRange;
  selection: Selection;
  /** Records. */
  limit?: number;
  /** Records a second. */
  rate?: number;
  /** Bytes of the largest record that the stream takes, its partition key included. */
  recordLimit?: number;
  patienceMs: number;
  dryRun: boolean;
  json: boolean;
}

/** Seconds for which a service may take nothing before the redrive gives up. */
const PATIENCE = 300;

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
  refuseBoth(flags, 'stack', 'local', problems);
  const endpoints = readEndpoints(flags, env, problems);
  const isLocal = flags.local || isLoopback(endpoints.kinesis);
  const { stream, region } = readTarget(flags, env, isLocal, problems, outputs);
  const what = flags['from-stream']
    ? readRange(flags, stream, now, problems)
    : readSetAside(flags, endpoints, now, problems, outputs);
  const limit = readCount('limit', flags.limit, problems);
  const rate = readCount('rate', flags.rate, problems);
  const most = RECORD_BYTES.most / KB;
  const limitInKiB = readWhole('record-limit', flags['record-limit'], 1, most, problems) ?? outputs?.maxRecordSizeInKiB;
  const patience = readCount('patience', flags.patience, problems) ?? PATIENCE;
  if (problems.length > 0 || stream === undefined || region === undefined) throw new UsageError(problems);
  return {
    stream,
    region,
    endpoints,
    ...what,
    ...defined({
      credentials: isLocal ? localCredentials() : undefined,
      limit,
      rate,
      recordLimit: limitInKiB === undefined ? undefined : limitInKiB * KB,
    }),
    patienceMs: patience * 1000,
    dryRun: flags['dry-run'] ?? false,
    json: flags.json ?? false,
  };
};

/** The stream that events are put on. Adds to `problems` what is missing, unless it is the stack that tells. */
const readTarget = (
  flags: RedriveFlags,
  env: Environment,
  isLocal: boolean,
  problems: string[],
  outputs: RedriveOutputs | undefined,
): { stream: string | undefined; region: string | undefined } => {
  const local = flags.local ? LOCAL : undefined;
  const stream = flags.stream ?? outputs?.stream ?? local?.stream ?? present(env.KINESIS_STREAM);
  const region = readRegion(flags, env) ?? outputs?.region ?? (isLocal ? LOCAL_REGION : undefined);
  const isStackUnread = isUnread(flags, outputs);
  if (stream === undefined && !isStackUnread) problems.push('no stream: give --stack NAME, --local or --stream NAME');
  if (region === undefined && !isStackUnread) problems.push('no region: give --region NAME or AWS_REGION');
  return { stream, region };
};

const readEndpoints = (flags: RedriveFlags, env: Environment, problems: string[]): Endpoints => {
  const local = flags.local ? LOCAL : undefined;
  const ofAll = local ? undefined : present(env.AWS_ENDPOINT_URL);
  type Flag = 'endpoint' | 'dynamodb-endpoint' | 's3-endpoint';
  /** The variables as the SDK reads them: that of a service comes before that of all services. */
  const read = (flag: Flag, variable: string, ofLocal?: string): string | undefined => {
    const wrong: string[] = [];
    const endpoint = readEndpoint(flags[flag] ?? ofLocal ?? present(env[variable]) ?? ofAll, wrong);
    problems.push(...wrong.map((problem) => `--${flag}: ${problem}`));
    return endpoint;
  };
  return defined({
    kinesis: read('endpoint', 'AWS_ENDPOINT_URL_KINESIS', local?.kinesis),
    dynamoDb: read('dynamodb-endpoint', 'AWS_ENDPOINT_URL_DYNAMODB', local?.dynamoDb),
    s3: read('s3-endpoint', 'AWS_ENDPOINT_URL_S3'),
  });
};

/** What is put back. */
type What = Pick<RedriveSettings, 'rejectedEvents' | 'failedBatches' | 'fromStream' | 'selection'>;

/** Records of the stream itself. Their reader selects them. */
const readRange = (flags: RedriveFlags, stream: string | undefined, now: number, problems: string[]): What => {
  const since = readPast('since', flags.since, now, problems);
  const until = readPast('until', flags.until, now, problems);
  for (const name of ['reason', 'rejected-events', 'failed-batches'] as const)
    refuseBoth(flags, name, 'from-stream', problems);
  if (flags.since === undefined) problems.push('--from-stream needs --since TIME: from when on to read the stream');
  if (flags.limit !== undefined && flags.shard === undefined)
    problems.push(
      '--limit needs --shard ID with --from-stream, so that the next call can go on behind it; or give --until TIME',
    );
  if (since !== undefined && until !== undefined && until <= since)
    problems.push(`--until is "${flags.until}"; expected a time after --since, which is "${flags.since}"`);
  const selection = { reasons: [], before: now };
  if (stream === undefined || since === undefined) return { selection };
  return { selection, fromStream: { stream, since, until: until ?? now, ...defined({ shardId: flags.shard }) } };
};

/** What the table and the bucket have. */
const readSetAside = (
  flags: RedriveFlags,
  endpoints: Endpoints,
  now: number,
  problems: string[],
  outputs: RedriveOutputs | undefined,
): What => {
  const local = flags.local ? LOCAL : undefined;
  const rejectedEvents = flags['rejected-events'] ?? outputs?.rejectedEventsTable ?? local?.rejectedEventsTable;
  const failedBatches = readFailedBatches(flags, outputs, problems);
  if ((rejectedEvents ?? flags['failed-batches']) === undefined && !isUnread(flags, outputs))
    problems.push(
      'nothing to put back: give --stack NAME, --local, --rejected-events NAME, --failed-batches PLACE or --from-stream',
    );
  const isElsewhere = (endpoint: string | undefined): boolean => isLoopback(endpoint) !== isLoopback(endpoints.kinesis);
  // What is put back is removed: events must not leave AWS for a stream that ends with its terminal.
  if (rejectedEvents !== undefined && isElsewhere(endpoints.dynamoDb))
    problems.push(apart('DynamoDB', endpoints.dynamoDb, endpoints.kinesis, '--dynamodb-endpoint URL'));
  if (failedBatches && 'bucket' in failedBatches && isElsewhere(endpoints.s3))
    problems.push(apart('S3', endpoints.s3, endpoints.kinesis, '--s3-endpoint URL'));
  const since = readPast('since', flags.since, now, problems);
  for (const name of ['until', 'shard'] as const)
    if (flags[name] !== undefined)
      problems.push(`--${name} is only for --from-stream; leave it out, or add --from-stream`);
  const reasons = (flags.reason ?? []).flatMap((names) => names.split(',').map((name) => name.trim()));
  if (reasons.includes('')) problems.push('--reason holds an empty name; expected names with commas between them');
  return {
    selection: { reasons, before: now, ...defined({ since }) },
    ...defined({ rejectedEvents, failedBatches }),
  };
};

const apart = (service: string, endpoint: string | undefined, kinesis: string | undefined, flag: string): string =>
  `${service} is at ${endpoint ?? 'AWS'}, but Kinesis at ${kinesis ?? 'AWS'}; expected both at AWS or both on this machine: ` +
  `check --endpoint URL and ${flag}`;

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;

const readFailedBatches = (
  { 'failed-batches': value, local }: RedriveFlags,
  outputs: RedriveOutputs | undefined,
  problems: string[],
): RedriveSettings['failedBatches'] => {
  if (value === undefined) {
    if (outputs) return { bucket: outputs.failedBatches };
    return local ? { folder: relative(process.cwd(), FAILED_BATCHES), mayBeMissing: true } : undefined;
  }
  if (!value.startsWith('s3:')) return { folder: value, mayBeMissing: false };
  const bucket = /^s3:\/\/([^/]+)\/?$/.exec(value)?.[1];
  if (bucket !== undefined && BUCKET.test(bucket)) return { bucket };
  problems.push(`--failed-batches is "${value}"; expected a folder, or a bucket as s3://NAME`);
  return undefined;
};
