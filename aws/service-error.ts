/** The part of an AWS SDK error that says whether the same call may succeed later. */
interface ServiceError {
  name: string;
  $metadata?: { httpStatusCode?: number };
}

const isServiceError = (error: unknown): error is ServiceError => error instanceof Error;

const THROTTLING = new Set([
  'ProvisionedThroughputExceededException',
  'ThrottlingException',
  'Throttling',
  'RequestLimitExceeded',
  'TooManyRequestsException',
  'LimitExceededException',
  'KMSThrottlingException',
]);

/** Faults of the caller's set-up that reach us before any reply, and so carry no status. */
const FINAL_WITHOUT_REPLY = new Set(['CredentialsProviderError', 'ConfigError', 'TypeError', 'RangeError']);

/**
 * Whether waiting may help: the service throttled, failed on its own side (5xx), or was not reached at all.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
 */
export const isRetryable = (error: unknown): boolean => {
  if (!isServiceError(error)) return false;
  if (THROTTLING.has(error.name)) return true;
  const status = error.$metadata?.httpStatusCode;
  if (status === undefined) return !FINAL_WITHOUT_REPLY.has(error.name);
  return status >= 500 || status === 429;
};
