/** The part of an error of the AWS SDK that says whether the same call may succeed later. */
interface ServiceError extends Error {
  code?: string;
  $metadata?: { httpStatusCode?: number };
  /** Who is at fault, where a service answered. */
  $fault?: 'client' | 'server';
  /** Present where the SDK, or the client of ./client.ts, takes the refusal for one that passes. */
  $retryable?: object;
}

/** Too many requests, by the names that services give that. */
const THROTTLING = new Set([
  // https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
  'BandwidthLimitExceeded',
  'EC2ThrottledException',
  'LimitExceededException',
  'PriorRequestNotComplete',
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'RequestThrottled',
  'RequestThrottledException',
  'SlowDown',
  'ThrottledException',
  'Throttling',
  'ThrottlingException',
  'TooManyRequestsException',
  // The key that encrypts a stream is asked for too often. https://docs.aws.amazon.com/kinesis/latest/APIReference/API_PutRecords.html
  'KMSThrottlingException',
]);

/** Refusals that pass by themselves, by the names that services give them. */
const PASSING = new Set([
  ...THROTTLING,

  // Another write has the item. https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html and
  // https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html
  'ReplicatedWriteConflictException',
  'TransactionConflictException',
  'TransactionInProgressException',

  // A connection went silent, also in the middle of an answer: the SDK notes the status that came before.
  'TimeoutError',

  // The request took too long to arrive. https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
  'RequestTimeout',
  'RequestTimeoutException',

  // The request was signed too long ago or by a wrong clock. The SDK learns the time of the service from such an answer, and each
  // try is signed anew. https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
  'RequestExpired',
  'RequestInTheFuture',
  'RequestTimeTooSkewed',

  // The access key is so new that not all of AWS knows it, or it does not exist: the name is the same for both.
  // https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html#troubleshoot_general_eventual-consistency
  'InvalidAccessKeyId',
  'InvalidClientTokenId',
  'UnrecognizedClientException',
]);

/**
 * What services that have one name for every wrong signature say where only its time is wrong.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html
 */
const CLOCK_SKEW = /^Signature (expired|not yet current)/;

/**
 * A connection that broke, also in the middle of an answer: the SDK notes the status that came before.
 * https://nodejs.org/api/errors.html#common-system-errors
 */
const BROKEN_CONNECTION = new Set(['ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ERR_STREAM_PREMATURE_CLOSE']);

/** Mistakes in the caller's set-up. They are found before a request is sent, so they have no status. */
const FINAL_WITHOUT_REPLY = new Set(['CredentialsProviderError', 'ProxyError', 'TypeError', 'RangeError']);

/**
 * Whether the bytes of an object are not those that its checksum was made of, which the SDK says only by its message. TLS lets no
 * byte change on its way, so they will be the same the next time.
 */
export const isWrongChecksum = ({ message }: Error): boolean => message.startsWith('Checksum mismatch');

/**
 * Whether the same call may succeed later: the service throttled it, failed (5xx), was not reached, or refused it for a reason that
 * passes by itself. This is the one list of such reasons. Callers decide how long they try: the function until its deadline, clients
 * until their patience ends, which is short before the first answer. So a wrong access key ends a client within seconds.
 *
 * Everything else is final: access denied, no such table, a wrong secret, a wrong checksum, an expired session that nothing can renew.
 */
export const isRetryable = (error: unknown): boolean => {
  if (!(error instanceof Error)) return false;
  const { name, message, code = '', $metadata, $retryable }: ServiceError = error;
  if ($retryable || PASSING.has(name) || CLOCK_SKEW.test(message) || BROKEN_CONNECTION.has(code)) return true;
  const status = $metadata?.httpStatusCode;
  if (status === undefined) return !FINAL_WITHOUT_REPLY.has(name) && !isWrongChecksum(error);
  return status >= 500 || status === 408 || status === 429;
};

/** Whether the service itself answered that it is too busy, or that it failed: the settings are right, and time may help. */
export const isServiceInTrouble = (error: Error): boolean => {
  const { name, $fault }: ServiceError = error;
  return THROTTLING.has(name) || $fault === 'server';
};

/**
 * Whether the service said that it did not do what was asked. After any other failure, a broken connection or a failure of the service,
 * it may have done it, and a write may even land later.
 */
export const isRefusal = (error: unknown): boolean => {
  if (!(error instanceof Error)) return false;
  const { $metadata: { httpStatusCode: status = 0 } = {} }: ServiceError = error;
  // 408 comes from whatever is between as well, which does not know.
  return status >= 400 && status < 500 && status !== 408;
};

/**
 * Whether DynamoDB says that the key of KMS that encrypts a table cannot be used. The name of the error does not tell: it is that of a
 * wrong request where the key is disabled, and of a denied one where the caller may not use it.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html
 */
export const isFaultOfTheKey = ({ message }: Error): boolean => /^KMS [\w ]*error: /.test(message);

/**
 * Whether DynamoDB says that an item is larger than it holds, which no retry can help. Its other refusals of a value have the same name.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html#limits-items
 */
export const isItemTooLarge = (error: unknown): boolean =>
  error instanceof Error && error.name === 'ValidationException' && /^Item size .*exceeded/.test(error.message);
