import type { Call } from '../cli/command.ts';
import { type Environment, readSecret } from '../cli/environment.ts';
import { fromVariable, type Setting, type Variables } from '../cli/setting.ts';
import { defined } from '../core/defined.ts';

export interface Credentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
}

/** The access keys of the environment. Adds to `problems` what is wrong. */
export const readCredentials = (env: Environment, problems: string[]): Credentials | undefined => {
  const accessKeyId = readSecret('AWS_ACCESS_KEY_ID', env, problems);
  const secretAccessKey = readSecret('AWS_SECRET_ACCESS_KEY', env, problems);
  if (accessKeyId === undefined && secretAccessKey === undefined) return undefined;
  if (accessKeyId === undefined || secretAccessKey === undefined) {
    const missing = accessKeyId === undefined ? 'AWS_ACCESS_KEY_ID' : 'AWS_SECRET_ACCESS_KEY';
    problems.push(
      `${missing} is not set, but its other half is; set both or neither, both in the environment or both in .env`,
    );
    return undefined;
  }
  if (secretAccessKey.startsWith('arn:')) {
    problems.push(
      'AWS_SECRET_ACCESS_KEY is the name of a secret; expected its value: see the README, or use --stack NAME',
    );
    return undefined;
  }
  const sessionToken = readSecret('AWS_SESSION_TOKEN', env, problems);
  return { accessKeyId, secretAccessKey, ...defined({ sessionToken }) };
};

/** Those of a profile, of a role for EKS or any OIDC, of a task of ECS, and of EKS Pod Identity, ECS Anywhere and Greengrass. */
const CHAIN = [
  'AWS_PROFILE',
  'AWS_WEB_IDENTITY_TOKEN_FILE',
  'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI',
  'AWS_CONTAINER_CREDENTIALS_FULL_URI',
];

/** The first variable that says what signs the requests, other than access keys: a profile or a role. */
export const findCredentialChain = (variables: Variables): Setting<string> | undefined =>
  fromVariable(variables, ...CHAIN);

/** Whether the environment says what signs the requests. The keys of a stack are not used then and need not be read. */
export const hasOwnCredentials = (env: Environment): boolean =>
  (findCredentialChain({ env }) ?? fromVariable({ env }, 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY')) !== undefined;

const KEYS = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN'];

/** Removes the keys that only .env sets: they are the client user's, which may only put events. For commands of an operator. */
export const forgetKeysOfDotEnv = ({ env, dotEnv }: Pick<Call, 'env' | 'dotEnv'>): void => {
  for (const name of KEYS) if (dotEnv.has(name)) delete env[name];
};
