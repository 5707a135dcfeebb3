import { describeError } from '../core/describe-error.ts';

/** An error whose message tells a person everything: what happened, what was expected, and what to do. */
export class UserError extends Error {}

/** The message of an error for a person. The name of an error that was not written for people helps, so it is added. */
export const messageOf = (error: unknown): string =>
  error instanceof UserError || (error instanceof Error && error.name === 'Error')
    ? error.message
    : describeError(error);
