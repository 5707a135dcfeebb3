import type { Answer } from '../lambda/invocation.ts';

/** How an invocation ended: all records are done, none are, or those before `index` are. */
export type BatchResult =
  | { kind: 'success'; state?: unknown }
  | { kind: 'partial'; index: number; state?: unknown }
  | { kind: 'failure'; functionError: string | null };

/** What of an answer matters to a mapping. */
export interface AnswerSettings {
  /** Whether it has ReportBatchItemFailures. Without it every answer except an error is a success. */
  reports: boolean;
  /** Whether it has a tumbling window. Then an answer without a `state` is a failure. */
  hasWindow?: boolean;
}

/**
 * Reads a function's answer as the event source mapping of a stream does.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-batchfailurereporting.html
 * https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-windows.html
 *
 * @param sequenceNumbers those of the batch, in its order
 */
export const readBatchResult = (
  answer: Answer,
  sequenceNumbers: readonly string[],
  { reports, hasWindow = false }: AnswerSettings,
): BatchResult => {
  if ('error' in answer) return { kind: 'failure', functionError: 'Unhandled' };
  const response: unknown = JSON.parse(answer.payload);
  const result: BatchResult = reports ? reportedIn(response, sequenceNumbers) : { kind: 'success' };
  if (!hasWindow || result.kind === 'failure') return result;
  const { state } = Object(response) as { state?: unknown };
  return state === undefined || state === null ? FAILURE : { ...result, state };
};

const FAILURE: BatchResult = { kind: 'failure', functionError: null };

const reportedIn = (response: unknown, sequenceNumbers: readonly string[]): BatchResult => {
  if (response === null || response === '') return { kind: 'success' };
  if (typeof response !== 'object') return FAILURE;
  const { batchItemFailures = null } = response as { batchItemFailures?: unknown };
  if (batchItemFailures === null)
    return Object.keys(response).length === 0 || 'batchItemFailures' in response || 'state' in response
      ? { kind: 'success' }
      : FAILURE;
  if (!Array.isArray(batchItemFailures)) return FAILURE;
  if (batchItemFailures.length === 0) return { kind: 'success' };
  const indices = batchItemFailures.map((failure) =>
    sequenceNumbers.indexOf((failure as { itemIdentifier?: string } | null)?.itemIdentifier ?? ''),
  );
  const lowest = Math.min(...indices);
  return lowest < 0 ? FAILURE : { kind: 'partial', index: lowest };
};
