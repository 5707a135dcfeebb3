import type { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { UserError } from '../cli/user-error.ts';
import { defined } from '../core/defined.ts';
import { fieldOf, parsedJson } from '../core/json.ts';
import type { Credentials } from './credentials.ts';

/** What the client needs to know of a deployed stack. It contains a secret, so never print it whole. */
export type StackOutputs = ClientKeys & {
  stream: string;
  region: string;
  /** KiB of the largest record that the stream takes. Stacks of older templates do not say. */
  maxRecordSizeInKiB?: number;
};

/** Where the client of a stack gets its keys, by the values of the template's parameter ClientCredentials. */
export type ClientKeys =
  /** The keys are those of a user that may only put events. They are read where they are needed. */
  | { clientCredentials: 'Outputs' | 'SecretsManager'; credentials?: Credentials }
  /** The stack has no such user: another identity needs the policy. */
  | { clientCredentials: 'None'; clientPolicyArn: string; credentials?: never };

/** The stack was not deployed from this template, or its secret cannot be used. */
export class StackError extends UserError {
  override readonly name = 'StackError';
}

export interface StackClients {
  cloudFormation: Pick<CloudFormationClient, 'send'>;
  secretsManager: Pick<SecretsManagerClient, 'send'>;
}

/**
 * Reads the outputs of a stack, and the client user's keys from the outputs or the secret.
 *
 * @param withKeys false if the client signs with other credentials: then no secret is read
 * @throws {StackError} where an output is missing or the secret cannot be used; other errors of AWS as they are
 */
export const readStackOutputs = async (
  stack: string,
  { cloudFormation, secretsManager }: StackClients,
  withKeys = true,
): Promise<StackOutputs> => {
  const output = await readOutputs(stack, cloudFormation);
  const maxRecordSizeInKiB = Number(output.find('MaxRecordSizeInKiB')) || undefined;
  const place = { stream: output('KinesisStream'), region: output('Region'), ...defined({ maxRecordSizeInKiB }) };
  const clientPolicyArn = output.find('ClientPolicyArn');
  if (clientPolicyArn !== undefined) return { ...place, clientCredentials: 'None', clientPolicyArn };
  const secretAccessKey = output('SecretAccessKey');
  // The outputs show it: a secret access key never looks like an ARN.
  const isInSecret = secretAccessKey.startsWith('arn:');
  const clientCredentials = isInSecret ? 'SecretsManager' : 'Outputs';
  if (!withKeys) return { ...place, clientCredentials };
  const credentials = isInSecret
    ? toCredentials(await readSecret(secretAccessKey, stack, secretsManager), stack)
    : { accessKeyId: output('AccessKeyId'), secretAccessKey };
  return { ...place, clientCredentials, credentials };
};

const readSecret = async (
  arn: string,
  stack: string,
  secretsManager: StackClients['secretsManager'],
): Promise<string | undefined> => {
  // Loaded only here, since most runs need no secret.
  const { GetSecretValueCommand } = await import('@aws-sdk/client-secrets-manager');
  try {
    return (await secretsManager.send(new GetSecretValueCommand({ SecretId: arn }))).SecretString;
  } catch (error) {
    const problem = SECRET_PROBLEMS[(error as Error).name];
    throw problem ? new StackError(`${problem}: ${arn}, the client secret of the stack "${stack}"`) : error;
  }
};

const SECRET_PROBLEMS: Readonly<Record<string, string>> = {
  AccessDeniedException: 'these credentials may not read the secret; they need secretsmanager:GetSecretValue on it',
  DecryptionFailure: 'the secret cannot be decrypted; these credentials need kms:Decrypt on its key',
  ResourceNotFoundException: 'the secret is gone; deploy the stack with another ClientCredentials',
  InvalidRequestException: 'the secret is to be deleted; restore it with aws secretsmanager restore-secret',
};

/** The value of an output. @throws {StackError} where there is none */
export interface Output {
  (name: string): string;
  /** The name of the stack. CloudFormation takes its ARN in place of it. */
  stackName: string;
  find: (name: string) => string | undefined;
  /** The value of a parameter. @throws {StackError} where there is none */
  parameter: (name: string) => string;
}

/**
 * A first deployment is under way, has failed, or was never confirmed. During a later one a stack has the outputs of the one before.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_Stack.html
 */
const HAS_NEVER_BEEN_THERE = /^(CREATE_(IN_PROGRESS|FAILED)|ROLLBACK_|REVIEW_|DELETE_)/;

/**
 * Reads the outputs and parameters of a stack.
 *
 * @throws errors of AWS as they are
 */
export const readOutputs = async (stack: string, cloudFormation: StackClients['cloudFormation']): Promise<Output> => {
  const { DescribeStacksCommand } = await import('@aws-sdk/client-cloudformation');
  const { Stacks } = await cloudFormation.send(new DescribeStacksCommand({ StackName: stack }));
  const { StackName: stackName = stack, StackStatus: status = '', Outputs, Parameters } = Stacks?.[0] ?? {};
  const outputs = new Map(Outputs?.map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue]));
  const find = (name: string) => outputs.get(name);
  const present = (kind: string, name: string, value: string | undefined): string => {
    if (value !== undefined) return value;
    throw new StackError(
      HAS_NEVER_BEEN_THERE.test(status)
        ? `the stack "${stack}" is ${status} and has no ${kind} ${name}; expected a stack whose deployment has succeeded; its events in CloudFormation say where it stands`
        : `the stack "${stack}" has no ${kind} ${name}; expected a stack deployed from this template`,
    );
  };
  const parameterOf = (name: string) => Parameters?.find(({ ParameterKey }) => ParameterKey === name)?.ParameterValue;
  return Object.assign((name: string) => present('output', name, find(name)), {
    stackName,
    find,
    parameter: (name: string) => present('parameter', name, parameterOf(name)),
  });
};

const toCredentials = (secret = '', stack: string): Credentials => {
  // The error of JSON.parse would quote the secret.
  const json = parsedJson(secret);
  const [accessKeyId, secretAccessKey] = [fieldOf(json, 'accessKeyId'), fieldOf(json, 'secretAccessKey')];
  if (typeof accessKeyId !== 'string' || typeof secretAccessKey !== 'string')
    throw new StackError(
      `the client secret of the stack "${stack}" does not hold accessKeyId and secretAccessKey; raise ClientKeysSerial by one to write it again`,
    );
  return { accessKeyId, secretAccessKey };
};
