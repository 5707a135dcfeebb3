import { type Environment, present } from '../cli/environment.ts';
import { defined } from '../core/defined.ts';

export interface Credentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
}

export const readCredentials = (env: Environment, problems: string[]): Credentials | undefined => {
  const accessKeyId = present(env.AWS_ACCESS_KEY_ID);
  const secretAccessKey = present(env.AWS_SECRET_ACCESS_KEY);
  if (accessKeyId === undefined && secretAccessKey === undefined) return undefined;
  if (accessKeyId === undefined || secretAccessKey === undefined) {
    const missing = accessKeyId === undefined ? 'AWS_ACCESS_KEY_ID' : 'AWS_SECRET_ACCESS_KEY';
    problems.push(`${missing} is not set, but its other half is; set both or neither`);
    return undefined;
  }
  if (secretAccessKey.startsWith('arn:')) {
    problems.push(
      'AWS_SECRET_ACCESS_KEY is the name of a secret; expected its value: see the README, or use --stack NAME',
    );
    return undefined;
  }
  const sessionToken = present(env.AWS_SESSION_TOKEN);
  return { accessKeyId, secretAccessKey, ...defined({ sessionToken }) };
};

/** Whether the environment says itself what to sign with. The keys of a stack are not used then, and need not be read. */
export const hasOwnCredentials = (env: Environment): boolean =>
  hasCredentialChain(env) ||
  ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'].some((name) => present(env[name]) !== undefined);

export const hasCredentialChain = (env: Environment): boolean =>
  ['AWS_PROFILE', 'AWS_WEB_IDENTITY_TOKEN_FILE', 'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI'].some(
    (name) => present(env[name]) !== undefined,
  );
