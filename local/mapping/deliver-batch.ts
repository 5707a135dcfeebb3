import type { KinesisStreamRecord } from 'aws-lambda';
import { describeError } from '../../core/describe-error.ts';
import { type Backoff, fullJitter } from '../../core/retry.ts';
import type { Invoke } from '../lambda/lambda.ts';
import type { MappingSettings } from '../template/mapping-settings.ts';
import { type BatchResult, readBatchResult } from './batch-response.ts';
import type { FailedBatch, KeepFailedBatch } from './failed-batch.ts';
import type { TumblingWindow } from './tumbling-window.ts';

export interface DeliveryOptions {
  invoke: Invoke;
  settings: MappingSettings;
  /** Receives what is given up. Where it rejects, it is called again: nothing is settled that is not kept. */
  onFailure: KeepFailedBatch;
  /** Called once for each record that is done with, in their order: stored, or given up. */
  onSettled: (records: readonly KinesisStreamRecord[]) => void;
  /** A sentence about what goes wrong while it is tried again. */
  onProblem: (message: string) => void;
  /** Leaves the rest undelivered. */
  signal: AbortSignal;
  /** Milliseconds since 1970. */
  now: () => number;
  random: () => number;
  /** Ends early, and without an error, once the signal is aborted. */
  sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Where the mapping has windows: the one that all of the records belong to. */
  window?: TumblingWindow;
}

/** Lambda does not say how long it waits between two tries; this is the local stack's choice. */
export const BACKOFF: Backoff = { baseMs: 100, capMs: 10_000 };

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
  const { settings, signal, window } = options;
  const parts: Part[] = [{ records, attempts: 0, invocations: 0 }];
  let settled = 0;
  const settle = (done: readonly KinesisStreamRecord[]): void => {
    settled += done.length;
    if (done.length > 0) options.onSettled(done);
  };
  while (!signal.aborted) {
    const part = parts.shift();
    if (!part) break;

    const expired = countExpired(part.records, options);
    if (expired > 0) {
      const old = part.records.slice(0, expired);
      if (!(await giveUp('RecordAgeExceeded', { ...part, records: old }, options))) break;
      settle(old);
      if (expired < part.records.length) parts.unshift({ ...part, records: part.records.slice(expired) });
      continue;
    }

    const invoked = await options.invoke(JSON.stringify({ Records: part.records, ...window?.fields() }));
    const answer = window ? window.accept(invoked) : invoked;
    const sequenceNumbers = part.records.map(({ kinesis }) => kinesis.sequenceNumber);
    const result = readBatchResult(answer, sequenceNumbers, settings.reportBatchItemFailures);
    const done = doneOf(result, part.records.length);
    // Before anything is settled: the checkpoint holds the state too.
    if (done > 0) window?.commit();
    settle(part.records.slice(0, done));
    if (window?.isFull) await window.end(options, { isEarly: true });
    if (result.kind === 'success') continue;

    const left = part.records.slice(done);
    const functionError = result.kind === 'failure' ? result.functionError : null;
    const history = { invocations: part.invocations + 1, last: { functionError, requestId: invoked.requestId } };
    const middle = Math.ceil(left.length / 2);
    if (settings.bisectBatchOnFunctionError && done > 0) {
      // The report is where the batch is cut: a split, which is no retry.
      parts.unshift({ records: left, attempts: part.attempts, ...history });
    } else if (settings.bisectBatchOnFunctionError && result.kind === 'failure' && left.length > 1) {
      parts.unshift(
        { records: left.slice(0, middle), attempts: part.attempts, ...history },
        { records: left.slice(middle), attempts: part.attempts, ...history },
      );
    } else {
      const retried = { records: left, attempts: part.attempts + 1, ...history };
      const { maximumRetryAttempts: most } = settings;
      if (most >= 0 && retried.attempts > most) {
        if (!(await giveUp('RetryAttemptsExhausted', retried, options))) break;
        settle(left);
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

/** Tries until the batch is kept. False only where the signal was aborted before it was. */
const giveUp = async (
  condition: FailedBatch['condition'],
  part: Part,
  { onFailure, onProblem, random, signal, sleep }: DeliveryOptions,
): Promise<boolean> => {
  const batch: FailedBatch = {
    condition,
    records: part.records,
    approximateInvokeCount: Math.max(1, part.invocations),
    functionError: part.last?.functionError ?? null,
    ...(part.last ? { requestId: part.last.requestId } : {}),
  };
  for (let attempt = 1; !signal.aborted; attempt += 1) {
    try {
      await onFailure(batch);
      return true;
    } catch (error) {
      onProblem(`a batch that was given up cannot be kept yet: ${describeError(error)}`);
      await sleep(fullJitter(BACKOFF, attempt, random()), signal);
    }
  }
  return false;
};
