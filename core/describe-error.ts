/**
 * Behind this AWS repeats the request whose signature is wrong, with the session token in it.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html
 */
const REPEATED_REQUEST = 'The Canonical String for this request';

/** `Name: message` of an error, and of the connection errors that Node gathers without a message of their own. It holds no secret. */
export const describeError = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof AggregateError && error.message === '' && error.errors.length > 0)
    return describeError(error.errors[0]);
  const [message = ''] = error.message.split(REPEATED_REQUEST, 1);
  return message === '' ? error.name : `${error.name}: ${message.trimEnd()}`;
};
