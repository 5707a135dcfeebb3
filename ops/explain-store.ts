import {
  connectionCodeOf,
  detailOf,
  inTrouble,
  isUnsendable,
  isWrongClock,
  REFUSED_KEYS,
  SIGN_IN,
  UNSENDABLE,
  UNTRUSTED,
  unreachable,
  untrusted,
  WRONG_CLOCK,
  whyDenied,
} from '../aws/explain.ts';
import { isFaultOfTheKey, isServiceInTrouble } from '../aws/service-error.ts';
import { UserError } from '../cli/user-error.ts';
import { describeError } from '../core/describe-error.ts';

/** A table, a bucket or a folder, for a person. */
export interface Store {
  /** As in `the table "x"`. */
  name: string;
  /** What the command needs to be allowed. */
  permissions: string;
  /** Its region or endpoint. */
  where: string;
  /** The option that names its endpoint. @default --endpoint */
  option?: string;
}

/** DynamoDB and S3 say so too where it is the key that may not be used. */
const DENIED_KEY = /not authorized to perform: (kms:\w+)/;

/** What DynamoDB adds to what KMS says: the class of the error before it, and the ids of the request behind it. */
const NOT_FOR_PEOPLE = /(?<=error: )[\w.]+Exception: |\.? \(Service: .*$/gs;

/**
 * One line for a person: what happened and what to do. An operator signs with own credentials and not with the client user's keys, so
 * the advice is not that of the client.
 */
export const explainStore = (error: Error, { name, permissions, where, option }: Store): string => {
  // It says everything already: a proxy that cannot be reached is not the store.
  if (error instanceof UserError) return error.message;
  const { code: codeOfFile, path }: NodeJS.ErrnoException = error;
  // Only an error of the file system has one.
  if (path !== undefined)
    return `${name} cannot be used (${codeOfFile}); expected a folder that you may read and delete from`;
  const problemOfKey = explainKey(error, name);
  if (problemOfKey !== undefined) return problemOfKey;
  if (isDenied(error)) return `these credentials may not use ${name}; they need ${permissions}${whyDenied(error)}`;
  if (error.name === 'Error' && UNTRUSTED.test(error.message)) return untrusted(where, error.message);
  if (isUnsendable(error)) return UNSENDABLE;
  if (isWrongClock(error)) return WRONG_CLOCK;
  if (REFUSED_KEYS.has(error.name))
    return `AWS does not accept these credentials (${error.name}); ${SIGN_IN}, and check that the account has enabled the region`;
  if (isServiceInTrouble(error)) return inTrouble(name, where, error);
  switch (error.name) {
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
      return `no AWS credentials${detailOf(error)}; ${SIGN_IN}. Keys in .env are not used for this`;
    case 'AbortError':
      return 'stopped before it was done';
  }
  const code = connectionCodeOf(error);
  return code ? unreachable(where, code, option) : describeError(error);
};

const isDenied = ({ name }: Error): boolean => name.startsWith('AccessDenied');

/** What is wrong with the key of KMS that encrypts the store. Otherwise nothing. */
const explainKey = (error: Error, name: string): string | undefined => {
  const [, action] = DENIED_KEY.exec(error.message) ?? [];
  if (action !== undefined && isDenied(error))
    return `these credentials may not use ${name}; they need ${action} on the key that encrypts it${whyDenied(error)}`;
  if (action === undefined && isFaultOfTheKey(error))
    return `the key that encrypts ${name} cannot be used (${error.message.replace(NOT_FOR_PEOPLE, '')}); enable it in KMS, or let these credentials use it: they need kms:Decrypt`;
  switch (error.name) {
    case 'KMSAccessDeniedException':
      return `these credentials may not use the key that encrypts ${name}; they need kms:Decrypt on it${whyDenied(error)}`;
    case 'KMSDisabledException':
    case 'KMSInvalidStateException':
    case 'KMSNotFoundException':
      return `the key that encrypts ${name} cannot be used (${error.name}); enable it in KMS`;
  }
  return undefined;
};
