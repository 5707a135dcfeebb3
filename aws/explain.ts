import { messageOf } from '../cli/message-of.ts';
import { describeError } from '../core/describe-error.ts';

/** Where the client was sending to. */
export interface Target {
  stream: string;
  region: string;
  endpoint?: string | undefined;
}

/** One line for a person: what happened, and what to do. Never holds a secret. */
export const explain = (error: Error, target: Target): string => {
  const where = target.endpoint ?? `Kinesis in ${target.region}`;
  const code = connectionCodeOf(error);
  const name = nameOf(error);
  if (CLOCK.test(`${error.name}: ${error.message}`))
    return 'AWS refuses the signature for its time; set the clock of this machine, which may be five minutes off at most';
  switch (name) {
    case 'ResourceNotFoundException':
      return `there is no stream "${target.stream}" at ${where}; check --stream and --region, or use --stack NAME`;
    case 'AccessDeniedException':
    case 'AccessDenied':
      return `these credentials may not put records on "${target.stream}"; they need kinesis:PutRecord and kinesis:PutRecords`;
    case 'UnrecognizedClientException':
    case 'InvalidClientTokenId':
    case 'InvalidSignatureException':
    case 'SignatureDoesNotMatch':
    case 'IncompleteSignatureException':
    case 'MissingAuthenticationTokenException':
      return `AWS does not accept the access key (${name}); check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY`;
    case 'ExpiredTokenException':
    case 'ExpiredToken':
      return 'the AWS session has expired; sign in again, or use the keys of the client user';
    case 'KMSAccessDeniedException':
      return `these credentials may not use the key that encrypts "${target.stream}"; they need kms:GenerateDataKey on it`;
    case 'KMSDisabledException':
    case 'KMSInvalidStateException':
    case 'KMSNotFoundException':
      return `the key that encrypts "${target.stream}" cannot be used (${name}); enable it in KMS, or encrypt with another`;
    case 'CredentialsProviderError':
      return 'no AWS credentials; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in .env, sign in with the AWS CLI, or use --stack NAME';
    case 'UnknownOperationException':
    case 'SyntaxError':
      return `${where} answers, but it is not Kinesis; check --endpoint`;
    case 'EventTooLargeError':
      return error.message;
    case 'NoAnswerError':
      return `${where} takes requests but does not answer; check the network and --endpoint, or try again later`;
    case 'AbortError':
      return 'stopped before everything was delivered';
    case 'OutOfPatienceError':
    case 'ProvisionedThroughputExceededException':
      return code
        ? unreachable(where, code)
        : `Kinesis takes no more events (${error.message}); try again later, or add shards`;
  }
  return code ? unreachable(where, code) : messageOf(error);
};

/** The name of what an error is about: the producer, once it gives up, passes on what Kinesis said last. */
const nameOf = ({ name, message }: Error): string =>
  name === 'OutOfPatienceError' ? (/^\w+(?=:)/.exec(message)?.[0] ?? name) : name;

/** The reason in one word, for a machine: the code of a lost connection, else the name of the error. */
export const reasonOf = (error: Error): string => connectionCodeOf(error) ?? nameOf(error);

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html */
const CLOCK = /Signature expired|Signature not yet current|RequestExpired|RequestTimeTooSkewed/;

const CONNECTION = /\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EPIPE)\b/;

const unreachable = (where: string, code: string): string =>
  `${where} cannot be reached (${code}); check the network, --region and --endpoint`;

const connectionCodeOf = (error: Error): string | undefined => codeOf(error) ?? CONNECTION.exec(error.message)?.[0];

const codeOf = (error: Error): string | undefined => {
  const [first] = error instanceof AggregateError ? error.errors : [error];
  const { code } = first as NodeJS.ErrnoException;
  return code !== undefined && CONNECTION.test(code) ? code : undefined;
};

/** The same for reading a stack's outputs. */
export const explainStack = (error: Error, stack: string, region: string | undefined): string => {
  const where = region === undefined ? '' : ` in ${region}`;
  if (error.name === 'StackError') return error.message;
  if (error.name === 'ValidationError' && /does not exist/.test(error.message))
    return `there is no stack "${stack}"${where}; check --stack and --region`;
  if (/^AccessDenied/.test(error.name))
    return `these credentials may not read the stack "${stack}"; they need cloudformation:DescribeStacks`;
  if (/region is missing/i.test(error.message)) return 'no region; give --region NAME or AWS_REGION';
  return explain(error, { stream: stack, region: region ?? 'AWS', endpoint: `AWS${where}` });
};

/** What a redrive was reading from or writing to. */
export interface PlaceTarget {
  /** As in `the table "x"`. */
  name: string;
  /** What it needs to be allowed there. */
  permissions: string;
  /** Where it lies: a region or an endpoint. */
  where: string;
}

/** The same for a redrive, which is done with an operator's own credentials and not with the client user's keys. */
export const explainPlace = (error: Error, { name, permissions, where }: PlaceTarget): string => {
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
    case 'ExpiredTokenException':
    case 'ExpiredToken':
      return 'the AWS session has expired; sign in again';
    case 'CredentialsProviderError':
      return 'no AWS credentials; sign in with the AWS CLI, or set AWS_PROFILE. Keys in .env are not used for this';
    case 'EventTooLargeError':
      return error.message;
    case 'NoAnswerError':
      return `${where} takes requests but does not answer; check the network and --endpoint, or try again later`;
    case 'AbortError':
      return 'stopped before it was done';
  }
  return code ? unreachable(where, code) : describeError(error);
};
