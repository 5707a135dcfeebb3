import type { Answer } from '../lambda/invocation.ts';

/** How an invocation ended: all records are done, none are, or those before `index` are. */
export type BatchResult =
  | { kind: 'success' }
  | { kind: 'partial'; index: number }
  | { kind: 'failure'; functionError: string | null };

/**
 * Reads a function's answer as the event source mapping of a stream does.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-batchfailurereporting.html
 *
 * @param sequenceNumbers those of the batch, in its order
 * @param reports whether the mapping has ReportBatchItemFailures; without it every answer except an error is a success
 */
export const readBatchResult = (answer: Answer, sequenceNumbers: readonly string[], reports: boolean): BatchResult => {
  if ('error' in answer) return { kind: 'failure', functionError: 'Unhandled' };
  if (!reports) return { kind: 'success' };
  const response: unknown = JSON.parse(answer.payload);
  if (response === null || response === '') return { kind: 'success' };
  if (typeof response !== 'object') return { kind: 'failure', functionError: null };
  const { batchItemFailures = null } = response as { batchItemFailures?: unknown };
  if (batchItemFailures === null)
    return Object.keys(response).length === 0 || 'batchItemFailures' in response
      ? { kind: 'success' }
      : { kind: 'failure', functionError: null };
  if (!Array.isArray(batchItemFailures)) return { kind: 'failure', functionError: null };
  if (batchItemFailures.length === 0) return { kind: 'success' };
  const indices = batchItemFailures.map((failure) =>
    sequenceNumbers.indexOf((failure as { itemIdentifier?: string } | null)?.itemIdentifier ?? ''),
  );
  const lowest = Math.min(...indices);
  return lowest < 0 ? { kind: 'failure', functionError: null } : { kind: 'partial', index: lowest };
};
