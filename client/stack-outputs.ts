import type { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { Credentials } from './kinesis.ts';

/** What the client needs to know of a deployed stack. */
export interface StackOutputs {
  stream: string;
  region: string;
  /** The keys of the user that may only put events. */
  credentials: Credentials;
}

/** The stack is not there, or is not one of ours. */
export class StackError extends Error {
  override readonly name = 'StackError';
}

export interface StackClients {
  cloudFormation: Pick<CloudFormationClient, 'send'>;
  secretsManager: Pick<SecretsManagerClient, 'send'>;
}

/**
 * Reads the outputs of a stack, and the client user's keys from the secret that they name.
 *
 * @throws {StackError} where an output is missing; errors of AWS as they are
 */
export const readStackOutputs = async (
  stack: string,
  { cloudFormation, secretsManager }: StackClients,
): Promise<StackOutputs> => {
  // Loaded here, since most runs of the client never ask a stack.
  const { DescribeStacksCommand } = await import('@aws-sdk/client-cloudformation');
  const { GetSecretValueCommand } = await import('@aws-sdk/client-secrets-manager');
  const { Stacks } = await cloudFormation.send(new DescribeStacksCommand({ StackName: stack }));
  const outputs = new Map(Stacks?.[0]?.Outputs?.map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue]));
  const output = (name: string): string => {
    const value = outputs.get(name);
    if (value === undefined)
      throw new StackError(`the stack "${stack}" has no output ${name}; expected a stack deployed from this template`);
    return value;
  };
  const { SecretString } = await secretsManager.send(
    new GetSecretValueCommand({ SecretId: output('SecretAccessKey') }),
  );
  return {
    stream: output('KinesisStream'),
    region: output('Region'),
    credentials: toCredentials(SecretString, stack),
  };
};

const toCredentials = (secret: string | undefined, stack: string): Credentials => {
  const { accessKeyId, secretAccessKey } = JSON.parse(secret ?? '{}');
  if (typeof accessKeyId !== 'string' || typeof secretAccessKey !== 'string')
    throw new StackError(`the client secret of the stack "${stack}" does not hold accessKeyId and secretAccessKey`);
  return { accessKeyId, secretAccessKey };
};
