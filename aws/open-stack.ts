import { type Environment, present } from '../cli/environment.ts';
import { UserError } from '../cli/user-error.ts';
import { defined } from '../core/defined.ts';
import { hasOwnCredentials } from './credentials.ts';
import { readRegion } from './endpoint.ts';
import { explainStack } from './explain.ts';
import type { StackOutputs } from './stack-outputs.ts';

/**
 * Reads the outputs of the stack that the flags name, with the user's own AWS credentials.
 *
 * @returns nothing where they name no stack, or the local one
 * @throws {UserError} what is wrong and what to do
 */
export const openStack = async (
  { stack, local, ...flags }: { stack?: string | undefined; local?: boolean | undefined; region?: string | undefined },
  env: Environment,
): Promise<StackOutputs | undefined> => {
  if (stack === undefined || local) return undefined;
  const region = readRegion(flags, env);
  const { CloudFormationClient } = await import('@aws-sdk/client-cloudformation');
  const { SecretsManagerClient } = await import('@aws-sdk/client-secrets-manager');
  const { readStackOutputs } = await import('./stack-outputs.ts');
  const { awsClient } = await import('./client.ts');
  const options = defined({ region });
  const clients = {
    cloudFormation: awsClient(CloudFormationClient, options),
    secretsManager: awsClient(SecretsManagerClient, options),
  };
  try {
    // The secret is read only where it is used: a role that may put events need not be allowed to read it.
    return await readStackOutputs(stack, clients, !hasOwnCredentials(env));
  } catch (error) {
    throw new UserError(explainStack(error as Error, stack, region) + hintFor(error as Error, env), { cause: error });
  } finally {
    clients.cloudFormation.destroy();
    clients.secretsManager.destroy();
  }
};

/** The keys in .env are usually the client user's, which may not read the stack. */
const hintFor = ({ name }: Error, env: Environment): string =>
  /^AccessDenied/.test(name) && present(env.AWS_ACCESS_KEY_ID) !== undefined
    ? "; leave AWS_ACCESS_KEY_ID empty if it is the client user's, which may only put events"
    : '';
