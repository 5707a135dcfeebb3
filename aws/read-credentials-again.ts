import { messageOf, UserError } from '../cli/user-error.ts';
import { shortened } from '../core/shortened.ts';
import { isRetryable } from './service-error.ts';

/** Gives credentials, as the AWS credential chain does. */
type Provider<Given extends unknown[], C> = (...given: Given) => Promise<C>;

/**
 * Marks a failure to give credentials as one that may pass, by the SDK's `$retryable`, once they could be given: the network may be
 * away, and a person may sign in again. Before that a failure is a wrong setting.
 *
 * @param profile the value of AWS_PROFILE, which is named where nothing gives credentials
 * @param log that of the provider, which says why a profile gives none
 */
export const renewing = <Given extends unknown[], C>(
  provider: Provider<Given, C>,
  profile?: string,
  log?: ChainLog,
): Provider<Given, C> => {
  let hasGiven = false;
  return async (...given) => {
    try {
      const credentials = await provider(...given);
      hasGiven = true;
      return credentials;
    } catch (error) {
      const detail = isWrongSetting(error) ? messageOf(error) : emptyProfile(error, profile, log);
      const problem = detail === undefined ? error : new CredentialsProviderError(detail, { cause: error });
      if (hasGiven && problem instanceof Error) Object.assign(problem, { $retryable: {} });
      throw problem;
    }
  };
};

/**
 * Whether what gives the credentials refused, as STS refuses a role, failed at what the settings name, such as a file that is not
 * there, or gave no JSON. By its own name it would pass for the answer of the service that the credentials are for.
 */
const isWrongSetting = (error: unknown): error is Error =>
  error instanceof Error &&
  !(error instanceof UserError) &&
  error.name !== CREDENTIALS_PROVIDER_ERROR &&
  ('path' in error || error instanceof SyntaxError || !isRetryable(error));

/** What the SDK says where nothing gives credentials, of a profile that is not there too. */
export const NO_CREDENTIALS = 'Could not load credentials from any';

const emptyProfile = (error: unknown, profile: string | undefined, log?: ChainLog): string | undefined =>
  profile !== undefined && error instanceof Error && error.message.startsWith(NO_CREDENTIALS)
    ? `AWS_PROFILE is "${profile}", ${log?.failure ?? 'which is not there or gives none'}`
    : undefined;

/** What the SDK tells its logger of a process. The command may hold a secret; what it wrote on standard error is for a person. */
const FAILED_PROCESS =
  /-> (?:Command failed: .*\n?([\s\S]*)|.* (credential_process (?:returned|did not return) .*)\.)$/;

/** Hears what the SDK says of a process before it asks elsewhere, and then only throws that nothing gives credentials. */
export class ChainLog {
  /** Of the last process that failed, behind the name of its profile. */
  failure: string | undefined;

  readonly debug = (line: string): void => {
    const [found, written = '', wrong] = FAILED_PROCESS.exec(line) ?? [];
    if (found === undefined) return;
    const why = shortened(written.replace(/\s+/g, ' ').trim(), 300);
    this.failure = `whose ${wrong ?? `credential_process failed${why && `: ${why}`}`}`;
  };
}

/** What the SDK calls it where there are no credentials. */
const CREDENTIALS_PROVIDER_ERROR = 'CredentialsProviderError';

class CredentialsProviderError extends Error {
  override readonly name = CREDENTIALS_PROVIDER_ERROR;
}

/** What is needed of a client of the AWS SDK. */
export interface Rereading {
  middlewareStack: { add(middleware: unknown, options: unknown): void };
  config: { credentials: (options?: { forceRefresh: boolean }) => Promise<object>; serviceId: string };
}

/** Credentials that are over, and access keys that AWS does not know, or not any more, by the names that services give them. */
const OUTDATED = new Set([
  'ExpiredToken',
  'ExpiredTokenException',
  'InvalidAccessKeyId',
  'InvalidClientTokenId',
  'UnrecognizedClientException',
]);

/** Where credentials come from that stay as they are while a process runs, by the SDK's names. */
const FIXED = ['CREDENTIALS_CODE', 'CREDENTIALS_ENV_VARS'];

/**
 * Makes a client read its credentials again once AWS refuses them: others may have been written into the files of the profile, or
 * may be had from a role. Such a refusal is marked as one that may pass, by the SDK's `$retryable`. The caller decides how long it
 * tries.
 */
export const readCredentialsAgain = ({ middlewareStack, config }: Rereading): void => {
  middlewareStack.add(
    (next: (call: unknown) => Promise<unknown>) => async (call: unknown) => {
      try {
        return await next(call);
      } catch (error) {
        if (error instanceof Error && OUTDATED.has(error.name) && (await canChange(config)))
          Object.assign(error, { $retryable: {} });
        throw error;
      }
    },
    // Around each try, so around a prepared call too.
    { name: 'readCredentialsAgain', step: 'deserialize', priority: 'high' },
  );
};

/** Reads them again. @returns whether they are of a kind that others may take the place of */
const canChange = async (config: Rereading['config']): Promise<boolean> => {
  try {
    const { $source = {} }: { $source?: object } = await config.credentials({ forceRefresh: true });
    return !Object.keys($source).some((origin) => FIXED.includes(origin));
  } catch (error) {
    return isRetryable(error);
  }
};
