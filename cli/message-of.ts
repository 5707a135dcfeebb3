import { describeError } from '../core/describe-error.ts';

/** An error of ours says all in its message; the name of a foreign one helps. */
export const messageOf = (error: unknown): string =>
  error instanceof Error && OURS.has(error.name) ? error.message : describeError(error);

const OURS = new Set([
  'Error',
  'StackError',
  'PortInUseError',
  'TemplateError',
  'XApiError',
  'SourceError',
  'CheckpointError',
]);
