import { explainStack } from './explain.ts';
import type { Environment } from './settings.ts';
import { readRegion } from './settings.ts';
import type { StackOutputs } from './stack-outputs.ts';

/**
 * The outputs of the stack that the flags name, with the credentials of whoever deployed it.
 *
 * @returns nothing where they name none
 * @throws what is wrong and what to do, as the message of an error
 */
export const openStack = async (
  { stack, ...flags }: { stack?: string | undefined; region?: string | undefined },
  env: Environment,
): Promise<StackOutputs | undefined> => {
  if (stack === undefined) return undefined;
  const region = readRegion(flags, env);
  const { CloudFormationClient } = await import('@aws-sdk/client-cloudformation');
  const { SecretsManagerClient } = await import('@aws-sdk/client-secrets-manager');
  const { readStackOutputs } = await import('./stack-outputs.ts');
  const config = region === undefined ? {} : { region };
  const clients = {
    cloudFormation: new CloudFormationClient(config),
    secretsManager: new SecretsManagerClient(config),
  };
  return readStackOutputs(stack, clients).catch((error: Error) => {
    throw new Error(explainStack(error, stack, region), { cause: error });
  });
};
