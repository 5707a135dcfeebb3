import { messageOf, UserError } from '../cli/user-error.ts';
import { describeError } from '../core/describe-error.ts';
import { isLoopback } from './endpoint.ts';
import { NO_CREDENTIALS } from './read-credentials-again.ts';
import { isServiceInTrouble } from './service-error.ts';

/** Where the client sends to. */
export interface Target {
  stream: string;
  region: string;
  endpoint?: string | undefined;
  /** The keys that sign, where they are known. Others are asked for, and there may be no answer. */
  credentials?: object | undefined;
}

/** One line for a person: what happened, and what to do. It never contains a secret. */
export const explain = (error: Error, target: Target): string => {
  // It says everything already, and what it says of a source may look like a failure of Kinesis.
  if (error instanceof UserError) return error.message;
  const where = target.endpoint ?? `Kinesis in ${target.region}`;
  const code = connectionCodeOf(error);
  const name = nameOf(error);
  if (isWrongClock(error)) return WRONG_CLOCK;
  if (name === 'Error' && UNTRUSTED.test(error.message)) return untrusted(where, error.message.replace(/^Error: /, ''));
  if (isUnsendable(error)) return UNSENDABLE;
  if (REFUSED_KEYS.has(name))
    return `AWS does not accept the access key (${name}); check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY`;
  switch (name) {
    case 'ResourceNotFoundException':
      return `there is no stream "${target.stream}" at ${where}; check --stream and --region, or use --stack NAME`;
    case 'AccessDeniedException':
    case 'AccessDenied':
      return `these credentials may not put records on "${target.stream}"; they need kinesis:PutRecord and kinesis:PutRecords${whyDenied(error)}`;
    case 'ExpiredTokenException':
    case 'ExpiredToken':
      return 'the AWS session has expired; sign in again, or use the keys of the client user';
    case 'KMSAccessDeniedException':
      return `these credentials may not use the key that encrypts "${target.stream}"; they need kms:GenerateDataKey on it${whyDenied(error)}`;
    case 'KMSDisabledException':
    case 'KMSInvalidStateException':
    case 'KMSNotFoundException':
      return `the key that encrypts "${target.stream}" cannot be used (${name}); enable it in KMS, or encrypt with another`;
    case 'CredentialsProviderError':
      return `no AWS credentials${detailOf(error)}; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in .env, or sign in with the AWS CLI`;
    case 'UnknownOperationException':
      return `${where} answers, but it is not Kinesis; check --endpoint`;
    case 'EventTooLargeError':
      return error.message;
    case 'ProxyError':
    case 'ForeignAnswerError':
      return error.message.replace(/^\w+: /, '');
    case 'TimeoutError':
      // The SDK gives a connection that broke this name too, with what Node says of it: socket hang up.
      return code ? unreachable(where, code) : error.message.replace(/^\w+: /, '');
    case 'NoAnswerError':
      return target.credentials ? unanswered(where) : `${where} does not answer, ${SILENT_CREDENTIALS}`;
    case 'AbortError':
      return 'stopped before everything was delivered';
    case 'OutOfPatienceError':
    case 'ProvisionedThroughputExceededException':
      return `Kinesis takes no more events (${error.message}); try again later, or add shards`;
  }
  if (code) return unreachable(where, code);
  return error.name === 'OutOfPatienceError'
    ? `${where} takes no events (${error.message.replace(/^Error: /, '').trim()}); try again later`
    : messageOf(error);
};

/** The name of the reason. A producer that gives up passes on the last answer of Kinesis in its message. */
const nameOf = ({ name, message }: Error): string =>
  name === 'OutOfPatienceError' ? (/^\w+(?=:)/.exec(message)?.[0] ?? name) : name;

/** The reason in one word, for a machine: the code of a lost connection, otherwise the name of the error. */
export const reasonOf = (error: Error): string => connectionCodeOf(error) ?? nameOf(error);

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html */
const CLOCK = /Signature expired|Signature not yet current|RequestExpired|RequestTimeTooSkewed/;

/** Whether AWS refuses a request only for its time. */
export const isWrongClock = ({ name, message }: Error): boolean => CLOCK.test(`${name}: ${message}`);

/** What to say of that. */
export const WRONG_CLOCK =
  'AWS refuses the time of the signature; set the clock of this machine, which may differ by five minutes at most';

/**
 * Access keys that AWS does not know, and signatures that are not theirs, by the names that services give them. A region that the account
 * has not enabled knows none of its keys.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html
 * https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
 */
export const REFUSED_KEYS: ReadonlySet<string> = new Set([
  'IncompleteSignature',
  'IncompleteSignatureException',
  'InvalidAccessKeyId',
  'InvalidClientTokenId',
  'InvalidSecurity',
  'InvalidSignatureException',
  'InvalidToken',
  'MissingAuthenticationToken',
  'MissingAuthenticationTokenException',
  'SignatureDoesNotMatch',
  'UnrecognizedClientException',
]);

/** The end of a denial names the kind of policy that lacks the action or denies it, such as a permissions boundary. */
const WHY_DENIED = /not authorized to perform: .* (?:because|with an) (.+)/s;

/**
 * Which policy denies a call, where AWS says so, as ` (AWS: …)`.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
 */
export const whyDenied = ({ message }: Error): string => {
  const [, why] = WHY_DENIED.exec(message) ?? [];
  return why === undefined ? '' : ` (AWS: ${why})`;
};

/** What Node says of a certificate that it does not trust. https://nodejs.org/api/tls.html#x509-certificate-error-codes */
export const UNTRUSTED = /\bcertificate\b/;

/** What the credential chain found, unless that is nothing. Of damaged JSON V8 quotes a part, which may be one of a key. */
export const detailOf = ({ message }: Error): string =>
  message === '' || message.startsWith(NO_CREDENTIALS)
    ? ''
    : ` (${message.replace(/SyntaxError: .*/s, 'what was found is not JSON').replace(/\.$/, '')})`;

/** What helps a person who has no credentials of their own. */
export const SIGN_IN = 'sign in with the AWS CLI, or set AWS_PROFILE';

/** The codes of a lost connection, and of an answer that is not HTTP. */
const CONNECTION =
  /\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EPIPE|EPROTO|HPE_\w+)\b/;

/** Whether a key or a token holds what no header can. https://nodejs.org/api/errors.html#err_invalid_char */
export const isUnsendable = (error: NodeJS.ErrnoException): boolean => error.code === 'ERR_INVALID_CHAR';

/** What to say of such keys. */
export const UNSENDABLE =
  'the AWS keys or their session token hold a line end or another character that they cannot have; copy them again';

/** What to say of an endpoint that cannot be reached. @param option the one that names it */
export const unreachable = (where: string, code: string, option = '--endpoint'): string => {
  if (code === 'EPROTO')
    return `${where} does not speak TLS as AWS does; check whether ${option} begins with http: or https:`;
  if (code.startsWith('HPE_')) return `${where} does not answer in HTTP; check ${option}`;
  return `${where} cannot be reached (${code}); check ${isLoopback(where) ? `${option}, and whether npm run local is up` : `the network, --region and ${option}`}`;
};

/** What helps where Node trusts no certificate of a server that is well. */
export const TRUST =
  'where a proxy opens TLS, name its certificate in NODE_EXTRA_CA_CERTS, in the environment and not in .env';

/** What to say of one whose certificate Node does not trust. */
export const untrusted = (where: string, why: string): string =>
  `the certificate of ${where} is not accepted (${why}); ${TRUST}`;

/** What to say of one that is silent. */
export const unanswered = (where: string): string =>
  `${where} takes requests but does not answer; check the network and --endpoint, or try again later`;

const SILENT_CREDENTIALS =
  'or what gives the AWS credentials does not; see whether that waits for you, check the network and --endpoint, or try again later';

/** What to say of one that throttles, or fails itself. @param name what it was asked for */
export const inTrouble = (name: string, where: string, error: Error): string =>
  `${where} cannot serve ${name} at the moment (${describeError(error)}); try again later`;

/** The code of a lost connection, such as `ECONNREFUSED`: its own, that of its cause, or one in its message. */
export const connectionCodeOf = (error: Error): string | undefined =>
  codeOf(error) ?? codeOf(error.cause) ?? CONNECTION.exec(error.message)?.[0];

const codeOf = (error: unknown): string | undefined => {
  const [first] = error instanceof AggregateError ? error.errors : [error];
  const code = (first as NodeJS.ErrnoException | undefined)?.code;
  return code !== undefined && CONNECTION.test(code) ? code : undefined;
};

/** As {@link explain}, for reading the outputs of a stack. */
export const explainStack = (error: Error, stack: string, region: string | undefined): string => {
  const problem = problemOfStack(error, stack, region);
  if (problem !== undefined) return problem;
  if (/^AccessDenied/.test(error.name))
    return `these credentials may not read the stack "${stack}"; they need cloudformation:DescribeStacks${whyDenied(error)}`;
  // Keys in .env are usually the client user's, which may not read the stack.
  if (error.name === 'CredentialsProviderError') return `no AWS credentials${detailOf(error)}; ${SIGN_IN}`;
  const endpoint = region ? `AWS in ${region}` : 'AWS';
  if (isServiceInTrouble(error)) return inTrouble(`the stack "${stack}"`, endpoint, error);
  return explain(error, { stream: stack, region: region ?? 'AWS', endpoint });
};

/** What is wrong with the stack itself or its region, for anyone who reads its outputs. Otherwise nothing. */
export const problemOfStack = (error: Error, stack: string, region: string | undefined): string | undefined => {
  if (error.name === 'StackError') return error.message;
  if (error.name === 'ValidationError' && /does not exist/.test(error.message))
    return `there is no stack "${stack}"${region === undefined ? '' : ` in ${region}`}; check --stack and --region`;
  return /region is missing/i.test(error.message) ? 'no region; give --region NAME or AWS_REGION' : undefined;
};
