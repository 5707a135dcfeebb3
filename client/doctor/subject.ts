import type { Credentials } from '../../aws/credentials.ts';
import { isLoopback, readEndpoint, readRegion } from '../../aws/endpoint.ts';
import { LOCAL_CREDENTIALS } from '../../aws/local-stack.ts';
import type { StackOutputs } from '../../aws/stack-outputs.ts';
import { type Environment, present } from '../../cli/environment.ts';
import { UsageError } from '../../cli/usage-error.ts';
import { type ClientFlags, readSettings } from '../settings.ts';
import { readSourceSettings, type SourceSettings } from '../sources/source-settings.ts';

/** What is examined: the settings as far as they can be read, for the doctor goes on where the client would not begin. */
export interface Subject {
  /** What the client would complain of. */
  problems: readonly string[];
  /** The stack of --stack, and why its outputs cannot be read, where that is so. */
  stack?: { name: string; error?: string };
  source: SourceSettings;
  stream?: string;
  region?: { name: string; origin: string };
  endpoint?: string;
  /** Without keys the AWS credential chain decides. */
  credentials: {
    keys?: Credentials;
    kind: 'environment' | 'stack' | 'placeholder' | 'chain';
    profile?: string;
    /** What the stack has for its client, used or not. */
    ofStack?: Pick<StackOutputs, 'clientCredentials' | 'clientPolicyArn'>;
  };
  spool?: string;
  checkpoint?: string;
}

/**
 * @param openStack reads the outputs of the stack that the flags name; throws what is wrong with it
 */
export const readSubject = async (
  flags: ClientFlags,
  env: Environment,
  openStack: () => Promise<StackOutputs | undefined>,
): Promise<Subject> => {
  let outputs: StackOutputs | undefined;
  let stack: Subject['stack'];
  if (flags.stack !== undefined) {
    stack = { name: flags.stack };
    try {
      outputs = await openStack();
    } catch (error) {
      stack = { ...stack, error: (error as Error).message };
    }
  }
  const ignored: string[] = [];
  const endpoint = readEndpoint(flags.endpoint ?? present(env.AWS_ENDPOINT_URL_KINESIS), ignored);
  const isLocal = endpoint !== undefined && isLoopback(endpoint);
  const stream = flags.stream ?? present(env.KINESIS_STREAM) ?? outputs?.stream;
  const region = regionOf(flags, env, outputs, isLocal);
  return {
    problems: problemsOf(flags, env, outputs),
    ...(stack && { stack }),
    source: readSourceSettings(flags, env, ignored),
    ...(stream !== undefined && { stream }),
    ...(region && { region }),
    ...(endpoint !== undefined && { endpoint }),
    credentials: { ...credentialsOf(env, outputs, endpoint), ...accessOf(outputs) },
    ...(flags.spool ? { spool: flags.spool } : {}),
    ...(flags.checkpoint ? { checkpoint: flags.checkpoint } : {}),
  };
};

const problemsOf = (...settings: Parameters<typeof readSettings>): readonly string[] => {
  try {
    readSettings(...settings);
    return [];
  } catch (error) {
    if (error instanceof UsageError) return error.problems;
    throw error;
  }
};

const regionOf = (
  flags: ClientFlags,
  env: Environment,
  outputs: StackOutputs | undefined,
  isLocal: boolean,
): Subject['region'] => {
  const given = readRegion(flags, env);
  if (given !== undefined) {
    if (flags.region !== undefined) return { name: given, origin: 'from --region' };
    return {
      name: given,
      origin: `from ${present(env.AWS_REGION) === undefined ? 'AWS_DEFAULT_REGION' : 'AWS_REGION'}`,
    };
  }
  if (outputs) return { name: outputs.region, origin: 'from the stack' };
  return isLocal ? { name: 'us-east-1', origin: 'since a stack on this machine takes any' } : undefined;
};

const credentialsOf = (
  env: Environment,
  outputs: StackOutputs | undefined,
  endpoint: string | undefined,
): Subject['credentials'] => {
  const keys = keysOf(env, outputs, endpoint);
  const profile = present(env.AWS_PROFILE);
  if (keys === undefined) return { kind: 'chain', ...(profile !== undefined && { profile }) };
  if (keys === outputs?.credentials) return { kind: 'stack', keys };
  return { kind: keys === LOCAL_CREDENTIALS ? 'placeholder' : 'environment', keys };
};

const accessOf = ({ clientCredentials, clientPolicyArn }: Partial<StackOutputs> = {}) =>
  clientCredentials && { ofStack: { clientCredentials, ...(clientPolicyArn !== undefined && { clientPolicyArn }) } };

/** The keys that the client would use, whatever else is wrong with its settings. */
const keysOf = (env: Environment, outputs: StackOutputs | undefined, endpoint: string | undefined) => {
  const others = { file: '-', stream: 'any', region: 'any', ...(endpoint !== undefined && { endpoint }) };
  try {
    return readSettings(others, env, outputs).credentials;
  } catch {
    // One of the problems that are told already.
    return undefined;
  }
};
