import type { KinesisStreamRecord } from 'aws-lambda';
import { type Backoff, fullJitter } from '../core/backoff.ts';
import { type BatchResult, readBatchResult } from './batch-response.ts';
import type { Invoke } from './lambda.ts';
import type { MappingSettings } from './mapping-settings.ts';

/** Records that the mapping gives up. */
export interface FailedBatch {
  condition: 'RetryAttemptsExhausted' | 'RecordAgeExceeded';
  records: readonly KinesisStreamRecord[];
  /** How often the function was invoked with them. */
  approximateInvokeCount: number;
  /** Null where the function answered, but reported failures. */
  functionError: string | null;
  /** Of the last invocation. Absent where there was none. */
  requestId?: string;
}

export interface DeliveryOptions {
  invoke: Invoke;
  settings: MappingSettings;
  /** Receives what is given up. */
  onFailure: (batch: FailedBatch) => Promise<void>;
  /** Leaves the rest undelivered. */
  signal: AbortSignal;
  now: () => number;
  random: () => number;
  /** Ends early, and without an error, once the signal is aborted. */
  sleep: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** Lambda does not say how long it waits between two tries; this is the local stack's choice. */
const BACKOFF: Backoff = { baseMs: 100, capMs: 10_000 };

interface Part {
  records: readonly KinesisStreamRecord[];
  attempts: number;
  invocations: number;
  last?: { functionError: string | null; requestId: string };
}

/**
 * Brings one batch to the function until it is done or given up, as Lambda does: from the first record that the function
 * reported, by halves after a plain error, at most so often and so long as the settings allow.
 *
 * @returns how many of the first records are settled: fewer than all only where the signal was aborted
 */
export const deliverBatch = async (
  records: readonly KinesisStreamRecord[],
  options: DeliveryOptions,
): Promise<number> => {
  const { settings, signal } = options;
  const parts: Part[] = [{ records, attempts: 0, invocations: 0 }];
  let settled = 0;
  while (!signal.aborted) {
    const part = parts.shift();
    if (!part) break;

    const expired = countExpired(part.records, options);
    if (expired > 0) {
      await giveUp('RecordAgeExceeded', { ...part, records: part.records.slice(0, expired) }, options);
      settled += expired;
      if (expired < part.records.length) parts.unshift({ ...part, records: part.records.slice(expired) });
      continue;
    }

    const answer = await options.invoke(JSON.stringify({ Records: part.records }));
    const sequenceNumbers = part.records.map(({ kinesis }) => kinesis.sequenceNumber);
    const result = readBatchResult(answer, sequenceNumbers, settings.reportBatchItemFailures);
    const done = doneOf(result, part.records.length);
    settled += done;
    if (result.kind === 'success') continue;

    const left = part.records.slice(done);
    const functionError = result.kind === 'failure' ? result.functionError : null;
    const invoked = { invocations: part.invocations + 1, last: { functionError, requestId: answer.requestId } };
    const middle = Math.ceil(left.length / 2);
    if (settings.bisectBatchOnFunctionError && done > 0) {
      // The report is where the batch is cut: a split, which is no retry.
      parts.unshift({ records: left, attempts: part.attempts, ...invoked });
    } else if (settings.bisectBatchOnFunctionError && result.kind === 'failure' && left.length > 1) {
      parts.unshift(
        { records: left.slice(0, middle), attempts: part.attempts, ...invoked },
        { records: left.slice(middle), attempts: part.attempts, ...invoked },
      );
    } else {
      const retried = { records: left, attempts: part.attempts + 1, ...invoked };
      const { maximumRetryAttempts: most } = settings;
      if (most >= 0 && retried.attempts > most) {
        await giveUp('RetryAttemptsExhausted', retried, options);
        settled += left.length;
        continue;
      }
      parts.unshift(retried);
      await options.sleep(fullJitter(BACKOFF, retried.attempts, options.random()), signal);
    }
  }
  return settled;
};

const doneOf = (result: BatchResult, length: number): number => {
  if (result.kind === 'success') return length;
  return result.kind === 'partial' ? result.index : 0;
};

/** Records are in the order of their arrival, so the expired ones come first. */
const countExpired = (records: readonly KinesisStreamRecord[], { settings, now }: DeliveryOptions): number => {
  const age = settings.maximumRecordAgeInSeconds;
  if (age < 0) return 0;
  const oldest = now() / 1000 - age;
  const fresh = records.findIndex(({ kinesis }) => kinesis.approximateArrivalTimestamp >= oldest);
  return fresh < 0 ? records.length : fresh;
};

const giveUp = (condition: FailedBatch['condition'], part: Part, { onFailure }: DeliveryOptions): Promise<void> =>
  onFailure({
    condition,
    records: part.records,
    approximateInvokeCount: Math.max(1, part.invocations),
    functionError: part.last?.functionError ?? null,
    ...(part.last ? { requestId: part.last.requestId } : {}),
  });
