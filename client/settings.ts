import { resolve } from 'node:path';
import { type Credentials, findCredentialChain, readCredentials } from '../aws/credentials.ts';
import { findRegion, isLoopback, readEndpoint } from '../aws/endpoint.ts';
import { LOCAL, LOCAL_REGION, localCredentials } from '../aws/local-stack.ts';
import { findProxy, type HttpProxy } from '../aws/proxy.ts';
import type { StackOutputs } from '../aws/stack-outputs.ts';
import type { Environment } from '../cli/environment.ts';
import { readCount, readFlags, refuseBoth, switches, values } from '../cli/flags.ts';
import { fromFlag, fromStack, fromVariable, type Setting, type Variables } from '../cli/setting.ts';
import { UsageError } from '../cli/usage-error.ts';
import { defined } from '../core/defined.ts';
import { shown } from '../core/json.ts';
import { KB, RECORD_BYTES } from '../core/limits.ts';
import {
  problemsOfSize,
  readSourceSettings,
  SOURCE_FLAGS,
  type SourceName,
  type SourceSettings,
} from './sources/source-settings.ts';

/** How events are delivered, and what is kept of a run. */
interface DeliverySettings {
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
  /** The file that remembers how far the source has been delivered, where that can be read again from there. */
  checkpoint?: string;
  json: boolean;
}

export interface Settings extends SourceSettings, DeliverySettings {
  stream: string;
  region: string;
  endpoint?: string;
  /** Without them the AWS credential chain decides. */
  credentials?: Credentials;
}

/** What signs the requests: these keys, or else the AWS credential chain. */
export interface Signer {
  keys?: Credentials;
  /** Where the environment names an AWS profile. */
  profile?: string;
}

/** The settings as far as they could be read, with their origins. The doctor works with these. */
export interface FoundSettings {
  /** What is wrong. The client does not start while there is anything. */
  problems: readonly string[];
  source: SourceSettings;
  stream?: Setting<string>;
  region?: Setting<string>;
  endpoint?: Setting<string>;
  signer: Setting<Signer>;
  proxy?: HttpProxy;
  delivery: DeliverySettings;
}

const FLAGS = {
  ...SOURCE_FLAGS,
  ...values('stream', 'region', 'stack', 'endpoint', 'max', 'record-limit', 'patience', 'spool', 'checkpoint'),
  ...switches('local', 'ordered', 'aggregate', 'json'),
};

/** https://docs.aws.amazon.com/kinesis/latest/APIReference/API_PutRecords.html */
const STREAM_NAME = /^[\w.-]{1,128}$/;

/** It becomes a part of the host's name. Which regions there are AWS decides, and a Kinesis of others takes any. */
const REGION = /^[a-z\d]([a-z\d-]{0,61}[a-z\d])?$/i;

/** Seconds for which Kinesis may accept nothing before the client gives up. */
const PATIENCE = 300;

/** The command line. */
export type ClientFlags = ReturnType<typeof readFlags<typeof FLAGS>>;

/** @throws {UsageError} for an option that the client does not have, or that is given in a wrong way */
export const readClientFlags = (argv: readonly string[], env: Environment = process.env): ClientFlags =>
  readFlags(argv, FLAGS, env);

/**
 * Finds each setting where it is given first: in the flags, the names of the local stack, the environment, .env, or the outputs of the stack.
 *
 * @throws {UserError} where the environment names a proxy that cannot be used
 */
export const findSettings = (flags: ClientFlags, variables: Variables, outputs?: StackOutputs): FoundSettings => {
  const problems: string[] = [];
  const source = readSourceSettings(flags, variables.env, problems);
  refuseBoth(flags, 'stack', 'local', problems);
  const local = flags.local ? LOCAL : undefined;
  const endpoint = findEndpoint(flags, local?.kinesis, variables, problems);
  const isLocal = flags.local || isLoopback(endpoint?.value);
  const stream =
    fromFlag('stream', flags.stream) ??
    fromFlag('local', local?.stream) ??
    fromVariable(variables, 'KINESIS_STREAM') ??
    fromStack(outputs?.stream);
  // Why the outputs of a stack are not known is told where they are read.
  const isStackUnread = flags.stack !== undefined && outputs === undefined;
  if (stream || !isStackUnread) problems.push(...problemsOfStream(stream?.value));
  const region =
    findRegion(flags, variables) ??
    fromStack(outputs?.region) ??
    (isLocal ? ({ value: LOCAL_REGION, origin: 'default' } as const) : undefined);
  if (region || !isStackUnread) problems.push(...problemsOfRegion(region?.value));
  // What the environment says of another stack does not hold for this one, such as a profile that has no session.
  const signer = flags.local ? placeholders() : findSigner(variables, outputs, isLocal, problems);
  // What the stack says holds for its own stream only.
  const ofStack = stream?.value === outputs?.stream ? outputs?.maxRecordSizeInKiB : undefined;
  const maxRecordSizeInKiB = isStackUnread ? RECORD_BYTES.most / KB : ofStack;
  const delivery = readDelivery(flags, source, problems, maxRecordSizeInKiB);
  const proxy = findProxy(variables.env);
  return { problems, source, signer, delivery, ...defined({ stream, region, endpoint, proxy }) };
};

const problemsOfStream = (name: string | undefined): string[] => {
  if (name === undefined)
    return ['no stream: give --stream NAME, KINESIS_STREAM, --local, or --stack NAME to read it from the stack'];
  if (name.startsWith('arn:'))
    return [`the stream is "${name}"; expected its name, "${name.slice(name.lastIndexOf('/') + 1)}"`];
  if (STREAM_NAME.test(name)) return [];
  return [`the stream is ${shown(name)}; expected 1 to 128 letters, digits, "_", "." and "-"`];
};

const problemsOfRegion = (name: string | undefined): string[] => {
  if (name === undefined)
    return ['no region: give --region NAME, AWS_REGION, or --stack NAME to read it from the stack'];
  return REGION.test(name) ? [] : [`the region is ${shown(name)}; expected a name like eu-west-1`];
};

/**
 * The settings that the client runs with.
 *
 * @throws {UsageError} with every problem at once
 */
export const toSettings = ({
  problems,
  source,
  stream,
  region,
  endpoint,
  signer,
  delivery,
}: FoundSettings): Settings => {
  if (problems.length > 0 || !stream || !region) throw new UsageError(problems);
  return {
    ...source,
    ...delivery,
    stream: stream.value,
    region: region.value,
    ...defined({ endpoint: endpoint?.value, credentials: signer.value.keys }),
  };
};

const findEndpoint = (
  flags: ClientFlags,
  local: string | undefined,
  variables: Variables,
  problems: string[],
): Setting<string> | undefined => {
  const found =
    fromFlag('endpoint', flags.endpoint) ??
    fromFlag('local', local) ??
    fromVariable(variables, 'AWS_ENDPOINT_URL_KINESIS', 'AWS_ENDPOINT_URL');
  const value = readEndpoint(found?.value, problems);
  return found && value !== undefined ? { ...found, value } : undefined;
};

/** The keys of the environment, what else it names, the keys of the stack, or placeholders for a stack on this machine. */
const findSigner = (
  variables: Variables,
  outputs: StackOutputs | undefined,
  isLocal: boolean,
  problems: string[],
): Setting<Signer> => {
  const keys = readCredentials(variables.env, problems);
  if (keys) return { ...fromVariable(variables, 'AWS_ACCESS_KEY_ID')!, value: { keys } };
  const chain = findCredentialChain(variables);
  if (chain) return { ...chain, value: chain.name === 'AWS_PROFILE' ? { profile: chain.value } : {} };
  if (outputs?.credentials) return { value: { keys: outputs.credentials }, origin: 'stack' };
  return isLocal && !outputs ? placeholders() : { value: {}, origin: 'default' };
};

const placeholders = (): Setting<Signer> => ({ value: { keys: localCredentials() }, origin: 'default' });

const readDelivery = (
  flags: ClientFlags,
  source: SourceSettings,
  problems: string[],
  recordLimitByDefault = RECORD_BYTES.byDefault / KB,
): DeliverySettings => {
  const max = readCount('max', flags.max, problems);
  const patience = readCount('patience', flags.patience, problems) ?? PATIENCE;
  const recordLimit = readCount('record-limit', flags['record-limit'], problems) ?? recordLimitByDefault;
  const most = RECORD_BYTES.most / KB;
  if (recordLimit > most)
    problems.push(`--record-limit is "${recordLimit}"; expected at most ${most} KiB, the most that a stream can take`);
  problems.push(...problemsOfSize(source, recordLimit * KB, ': see --record-limit'));
  checkKeptFiles(flags, source, problems);
  const { spool, checkpoint, ordered = false, aggregate = false, json = false } = flags;
  return {
    ordered,
    aggregate,
    recordLimit: recordLimit * KB,
    patienceMs: patience * 1000,
    json,
    ...defined({ max, spool: spool || undefined, checkpoint: checkpoint || undefined }),
  };
};

/** Why a source cannot be read again from where the last run ended, if it cannot. */
const NO_CHECKPOINT: { readonly [name in SourceName]: string | undefined } = {
  twitter: 'the filtered stream of X begins anew at each connection; posts of the time between two runs are missing',
  bluesky: undefined,
  wikimedia: undefined,
  file: undefined,
  stdin: 'it can be read only once; give a file with --file PATH, and --follow where it grows',
  synthetic: 'its events are made up; give --seed to begin again with the same',
};

const checkKeptFiles = (
  { spool, checkpoint }: ClientFlags,
  { source, file }: SourceSettings,
  problems: string[],
): void => {
  if (spool === '') problems.push('--spool is empty; expected a path');
  if (checkpoint === '') problems.push('--checkpoint is empty; expected a path');
  const why = NO_CHECKPOINT[source];
  if (checkpoint !== undefined && why !== undefined)
    problems.push(`--checkpoint does not go with the source "${source}": ${why}`);
  const paths = [file, spool, checkpoint].flatMap((path) => (path ? [resolve(path)] : []));
  if (new Set(paths).size < paths.length)
    problems.push('--file, --spool and --checkpoint name the same file twice; expected a file for each');
};
