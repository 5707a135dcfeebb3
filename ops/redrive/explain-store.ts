import { connectionCodeOf, explain, unreachable } from '../../aws/explain.ts';
import { describeError } from '../../core/describe-error.ts';
import type { RedriveSettings } from './redrive-settings.ts';
import type { SetAsideStore } from './set-aside.ts';

/**
 * One line for a person: what happened and what to do. A redrive is done with an operator's own credentials and not with the
 * client user's keys, so it gives other advice than the client.
 */
export const explainStore = (
  error: Error,
  { name, permissions, where }: Pick<SetAsideStore, 'name' | 'permissions' | 'where'>,
): string => {
  const code = connectionCodeOf(error);
  if (/^AccessDenied/.test(error.name)) return `these credentials may not use ${name}; they need ${permissions}`;
  switch (error.name) {
    case 'EACCES':
    case 'EPERM':
      return `${name} may not be used; it takes a user who may read it and delete from it`;
    case 'ResourceNotFoundException':
    case 'NoSuchBucket':
      return `there is no ${name.replace(/^the /, '')} at ${where}; check its name and --region, or use --stack NAME`;
    case 'PermanentRedirect':
    case 'AuthorizationHeaderMalformed':
      return `${name} is in another region than ${where}; check --region`;
    case 'KMSAccessDeniedException':
      return `these credentials may not use the key that encrypts ${name}; they need kms:Decrypt on it`;
    case 'ExpiredTokenException':
    case 'ExpiredToken':
      return 'the AWS session has expired; sign in again';
    case 'CredentialsProviderError':
      return 'no AWS credentials; sign in with the AWS CLI, or set AWS_PROFILE. Keys in .env are not used for this';
    case 'EventTooLargeError':
    case 'NoSuchShardError':
      return error.message;
    case 'NoAnswerError':
      return `${where} takes requests but does not answer; check the network and --endpoint, or try again later`;
    case 'AbortError':
      return 'stopped before it was done';
  }
  return code ? unreachable(where, code) : describeError(error);
};

/** The same for what puts events on the stream. */
export const explainStream = (error: Error, { stream, region, endpoints }: RedriveSettings): string => {
  const where = endpoints.kinesis ?? region;
  const store = { name: `the stream "${stream}"`, permissions: 'kinesis:PutRecords', where };
  const isOfOperator = /^(AccessDenied|ExpiredToken|CredentialsProvider|ResourceNotFound)/.test(error.name);
  return isOfOperator ? explainStore(error, store) : explain(error, { stream, region, endpoint: endpoints.kinesis });
};

/** The same for reading the outputs of a stack. */
export const explainOutputs = (error: Error, stack: string, region: string | undefined): string => {
  if (error.name === 'StackError') return error.message;
  if (error.name === 'ValidationError' && /does not exist/.test(error.message))
    return `there is no stack "${stack}" in ${region ?? 'this region'}; check --stack and --region`;
  if (/region is missing/i.test(error.message)) return 'no region; give --region NAME or AWS_REGION';
  const permissions = 'cloudformation:DescribeStacks';
  return explainStore(error, { name: `the stack "${stack}"`, permissions, where: region ?? 'AWS' });
};
