/** `Name: message` of an error, and of the connection errors that Node gathers without a message of their own. */
export const describeError = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof AggregateError && error.message === '' && error.errors.length > 0)
    return describeError(error.errors[0]);
  return error.message === '' ? error.name : `${error.name}: ${error.message}`;
};
