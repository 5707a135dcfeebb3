import { type Environment, present } from '../cli/environment.ts';
import { accessTo } from './access.ts';
import { hasOwnCredentials } from './credentials.ts';
import { readRegion } from './endpoint.ts';
import { explainStack } from './explain.ts';
import type { StackOutputs } from './stack-outputs.ts';

/**
 * The outputs of the stack that the flags name, read with the credentials of whoever runs this.
 *
 * @param say told whose credentials will sign the requests
 * @returns nothing where they name none
 * @throws what is wrong and what to do, as the message of an error
 */
export const openStack = async (
  { stack, ...flags }: { stack?: string | undefined; region?: string | undefined },
  env: Environment,
  say: (line: string) => void = (line) => process.stderr.write(`${line}\n`),
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
  try {
    // The secret is only read by who uses it: a role that may put events need not be allowed to.
    const outputs = await readStackOutputs(stack, clients, !hasOwnCredentials(env));
    say(accessTo(stack, outputs, env));
    return outputs;
  } catch (error) {
    throw new Error(explainStack(error as Error, stack, region) + hintFor(error as Error, env), { cause: error });
  } finally {
    clients.cloudFormation.destroy();
    clients.secretsManager.destroy();
  }
};

/** The keys in .env are mostly the client user's, and that one may not read the stack. */
const hintFor = ({ name }: Error, env: Environment): string =>
  /^AccessDenied/.test(name) && present(env.AWS_ACCESS_KEY_ID) !== undefined
    ? "; leave AWS_ACCESS_KEY_ID empty where it is the client user's, which may only put events"
    : '';
