import { type Environment, present } from '../cli/environment.ts';
import { hasOwnCredentials } from './credentials.ts';
import type { StackOutputs } from './stack-outputs.ts';

/** Whose credentials sign the requests to the stream of a stack: a line for a person, without a secret. */
export const accessTo = (stack: string, outputs: StackOutputs, env: Environment): string => {
  const { clientCredentials, clientPolicyArn } = outputs;
  const keepsNone = `the stack "${stack}" keeps no keys. Whoever signs needs its policy ${clientPolicyArn}.`;
  if (hasOwnCredentials(env))
    return `Access: ${ownCredentials(env)}, ${clientCredentials === 'None' ? `since ${keepsNone}` : `not the keys of the stack "${stack}".`}`;
  switch (clientCredentials) {
    case 'None':
      return `Access: the AWS credential chain, since ${keepsNone}`;
    case 'SecretsManager':
      return `Access: the client user's keys, from the secret of the stack "${stack}".`;
    default:
      return `Access: the client user's keys, from the outputs of the stack "${stack}".`;
  }
};

const ownCredentials = (env: Environment): string => {
  if (present(env.AWS_ACCESS_KEY_ID) !== undefined) return 'the keys of AWS_ACCESS_KEY_ID';
  const profile = present(env.AWS_PROFILE);
  return profile === undefined ? 'the role of this environment' : `the AWS profile "${profile}"`;
};
