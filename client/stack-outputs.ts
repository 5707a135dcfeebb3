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
  const { GetSecretValueCommand } = await import('@aws-sdk/client-secrets-manager');
  const output = await outputsOf(stack, cloudFormation);
  const { SecretString } = await secretsManager.send(
    new GetSecretValueCommand({ SecretId: output('SecretAccessKey') }),
  );
  return {
    stream: output('KinesisStream'),
    region: output('Region'),
    credentials: toCredentials(SecretString, stack),
  };
};

/** Where a redrive finds what was set aside, and the stream to put it back on. */
export interface RedriveOutputs {
  stream: string;
  region: string;
  rejectedEventsTable: string;
  /** The bucket of failed batches. */
  failedBatches: string;
}

/**
 * Reads the outputs of a stack that a redrive needs. The keys of the client user are not among them.
 *
 * @throws {StackError} where an output is missing; errors of AWS as they are
 */
export const readRedriveOutputs = async (
  stack: string,
  cloudFormation: StackClients['cloudFormation'],
): Promise<RedriveOutputs> => {
  const output = await outputsOf(stack, cloudFormation);
  return {
    stream: output('KinesisStream'),
    region: output('Region'),
    rejectedEventsTable: output('RejectedEventsTable'),
    failedBatches: output('FailedBatches'),
  };
};

const outputsOf = async (
  stack: string,
  cloudFormation: StackClients['cloudFormation'],
): Promise<(name: string) => string> => {
  const { DescribeStacksCommand } = await import('@aws-sdk/client-cloudformation');
  const { Stacks } = await cloudFormation.send(new DescribeStacksCommand({ StackName: stack }));
  const outputs = new Map(Stacks?.[0]?.Outputs?.map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue]));
  return (name) => {
    const value = outputs.get(name);
    if (value === undefined)
      throw new StackError(`the stack "${stack}" has no output ${name}; expected a stack deployed from this template`);
    return value;
  };
};

const toCredentials = (secret: string | undefined, stack: string): Credentials => {
  const { accessKeyId, secretAccessKey } = JSON.parse(secret ?? '{}');
  if (typeof accessKeyId !== 'string' || typeof secretAccessKey !== 'string')
    throw new StackError(`the client secret of the stack "${stack}" does not hold accessKeyId and secretAccessKey`);
  return { accessKeyId, secretAccessKey };
};
