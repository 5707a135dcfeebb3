import { awsClient } from '../aws/client.ts';
import type { Credentials } from '../aws/credentials.ts';
import { isLoopback, readEndpoint, readRegion } from '../aws/endpoint.ts';
import { problemOfStack } from '../aws/explain.ts';
import { LOCAL, LOCAL_REGION, localCredentials } from '../aws/local-stack.ts';
import { type Output, readOutputs } from '../aws/stack-outputs.ts';
import { type Environment, present } from '../cli/environment.ts';
import { refuseBoth } from '../cli/flags.ts';
import { UsageError } from '../cli/usage-error.ts';
import { UserError } from '../cli/user-error.ts';
import { defined } from '../core/defined.ts';
import { explainStore } from './explain-store.ts';

/** The flags of every command of an operator that say where its stack is. */
export interface PlaceFlags {
  stack?: string | undefined;
  local?: boolean | undefined;
  region?: string | undefined;
  endpoint?: string | undefined;
}

/** Whether the flags name a stack whose outputs are not known yet: then nothing is missing that it tells. */
export const isUnread = ({ stack, local }: PlaceFlags, outputs: object | undefined): boolean =>
  stack !== undefined && !local && outputs === undefined;

/**
 * Reads the outputs of the stack that the flags name, with the operator's own credentials.
 *
 * @param pick takes those that are needed
 * @param readOptions reads the options without them: what is wrong with a call shows before a stack is asked, which may not answer
 * @returns nothing where they name no stack, or the local one
 * @throws {UsageError} what `readOptions` throws; {@link UserError} what is wrong and what to do
 */
export const outputsOf = async <Outputs>(
  pick: (output: Output) => Outputs,
  { stack, local, region: flag }: PlaceFlags,
  env: Environment,
  readOptions: () => unknown,
): Promise<Outputs | undefined> => {
  if (stack === undefined || local) return undefined;
  try {
    readOptions();
  } catch (error) {
    // Without a problem only the outputs are missing.
    if (!(error instanceof UsageError) || error.problems.length > 0) throw error;
  }
  const region = readRegion({ region: flag }, env);
  const { CloudFormationClient } = await import('@aws-sdk/client-cloudformation');
  const client = awsClient(CloudFormationClient, defined({ region }));
  try {
    return pick(await readOutputs(stack, client));
  } catch (error) {
    const where = {
      name: `the stack "${stack}"`,
      permissions: 'cloudformation:DescribeStacks',
      where: region ?? 'AWS',
    };
    const reason = problemOfStack(error as Error, stack, region) ?? explainStore(error as Error, where);
    throw new UserError(reason, { cause: error });
  } finally {
    client.destroy();
  }
};

/** Where the tables of a stack are. */
export interface TablesPlace {
  region: string;
  /** Of a DynamoDB other than AWS's. */
  endpoint?: string;
  /** Those of a local stack; at AWS the credential chain decides. */
  credentials?: Credentials;
}

/**
 * Where the tables are: by the flags, then by the stack or the local stack, then by the environment. Adds to `problems` what is wrong.
 *
 * @param outputs of the stack, where the flags name one
 * @returns nothing where no region is known
 */
export const readTablesPlace = (
  flags: PlaceFlags,
  env: Environment,
  problems: string[],
  outputs?: { region: string },
): TablesPlace | undefined => {
  refuseBoth(flags, 'stack', 'local', problems);
  const variable = present(env.AWS_ENDPOINT_URL_DYNAMODB) ?? present(env.AWS_ENDPOINT_URL);
  const endpoint = readEndpoint(flags.endpoint ?? (flags.local ? LOCAL.dynamoDb : variable), problems);
  const isLocal = flags.local || isLoopback(endpoint);
  const region = readRegion(flags, env) ?? outputs?.region ?? (isLocal ? LOCAL_REGION : undefined);
  if (region !== undefined)
    return { region, ...defined({ endpoint, credentials: isLocal ? localCredentials() : undefined }) };
  if (!isUnread(flags, outputs)) problems.push('no region: give --region NAME or AWS_REGION');
  return undefined;
};
