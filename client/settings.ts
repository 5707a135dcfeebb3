import { resolve } from 'node:path';
import { type Credentials, hasCredentialChain, readCredentials } from '../aws/credentials.ts';
import { isLoopback, readEndpoint, readRegion } from '../aws/endpoint.ts';
import { LOCAL_CREDENTIALS, LOCAL_REGION } from '../aws/local-stack.ts';
import type { StackOutputs } from '../aws/stack-outputs.ts';
import { type Environment, present } from '../cli/environment.ts';
import { readCount, readFlags } from '../cli/flags.ts';
import { UsageError } from '../cli/usage-error.ts';
import { defined } from '../core/defined.ts';
import { KB, RECORD_BYTES } from '../core/limits.ts';
import { besideCheckpoint } from './kept/checkpoint.ts';
import { readSourceSettings, SOURCE_FLAGS, type SourceSettings } from './sources/source-settings.ts';

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
  const region = readRegion(flags, env) ?? outputs?.region ?? (isLocal ? LOCAL_REGION : undefined);
  if (region === undefined)
    problems.push('no region: give --region NAME, AWS_REGION, or --stack NAME to read it from the stack');
  const credentials =
    readCredentials(env, problems) ??
    (hasCredentialChain(env) ? undefined : outputs ? outputs.credentials : isLocal ? LOCAL_CREDENTIALS : undefined);
  const max = readCount('max', flags.max, problems);
  const patience = readCount('patience', flags.patience, problems) ?? PATIENCE;
  const recordLimit = readCount('record-limit', flags['record-limit'], problems) ?? RECORD_BYTES.byDefault / KB;
  if (recordLimit > RECORD_BYTES.most / KB)
    problems.push(
      `--record-limit is "${recordLimit}"; expected at most ${RECORD_BYTES.most / KB} KiB, which no stream exceeds`,
    );
  const { spool, checkpoint } = readKeptFiles(flags, source, problems);
  if (problems.length > 0 || stream === undefined || region === undefined) throw new UsageError(problems);
  return {
    ...source,
    stream,
    region,
    ordered: flags.ordered ?? false,
    aggregate: flags.aggregate ?? false,
    recordLimit: recordLimit * 1024,
    patienceMs: patience * 1000,
    ...defined({ endpoint, credentials, max, spool, checkpoint }),
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
