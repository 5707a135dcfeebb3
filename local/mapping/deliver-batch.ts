import type { Clock } from '../../core/clock.ts';
import { defined } from '../../core/defined.ts';
import { describeError } from '../../core/describe-error.ts';
import { type Backoff, fullJitter, retryUntilAborted } from '../../core/retry.ts';
import type { Invoke } from '../lambda/invocation.ts';
import type { MappingSettings } from '../template/mapping-settings.ts';
import { type BatchResult, readBatchResult } from './batch-response.ts';
import type { FailedBatch, KeepFailedBatch } from './failed-batch.ts';
import type { ReadRecord } from './stream-record.ts';
import type { TumblingWindow } from './tumbling-window.ts';

export interface DeliveryOptions {
  invoke: Invoke;
  settings: MappingSettings;
  /** Where the mapping has tumbling windows: that of the records is open. */
  window?: TumblingWindow | undefined;
  /** Receives what is given up. It is called again after a rejection: no record is settled before it is kept. */
  onFailure: KeepFailedBatch;
  /** Called once for each settled record, in their order: it was stored, or given up. */
  onSettled: (records: readonly ReadRecord[]) => void;
  /** A sentence about a failure that is tried again. */
  onProblem: (message: string) => void;
  /** Leaves the rest undelivered. */
  signal: AbortSignal;
  /** Milliseconds since 1970. */
  clock: Clock;
}

/** Lambda does not say how long it waits between two tries; this is the local stack's choice. */
const BACKOFF: Backoff = { baseMs: 100, capMs: 10_000 };

interface Part {
  records: readonly ReadRecord[];
  attempts: number;
  invocations: number;
  last?: { functionError: string | null; requestId: string };
}

/**
 * Delivers one batch to the function until every record is stored or given up, as Lambda does. It goes on at the first record that
 * the function reported, and by halves after a plain error, within the retries and the age that the settings allow. Where the signal
 * is aborted the rest is left.
 */
export const deliverBatch = async (records: readonly ReadRecord[], options: DeliveryOptions): Promise<void> => {
  const parts: Part[] = [{ records, attempts: 0, invocations: 0 }];
  while (!options.signal.aborted) {
    const part = parts.shift();
    if (!part) break;
    parts.unshift(...(await deliverPart(part, options)));
  }
};

/** Invokes the function once, or gives up what is too old. @returns what is left of the part, in order, where it goes on */
const deliverPart = async (part: Part, options: DeliveryOptions): Promise<Part[]> => {
  const { clock, settings, signal } = options;
  const { attempts, records } = part;
  const expired = countExpired(records, options);
  if (expired > 0) {
    await giveUp('RecordAgeExceeded', { ...part, records: records.slice(0, expired) }, options);
    return expired < records.length ? [{ ...part, records: records.slice(expired) }] : [];
  }

  const { requestId, result } = await invoke(records, options);
  const done = doneOf(result, records.length);
  if (done > 0) options.onSettled(records.slice(0, done));
  // The function may have been ended in the middle: that counts as no attempt, and nothing is given up for it.
  if (result.kind === 'success' || signal.aborted) return [];

  const functionError = result.kind === 'failure' ? result.functionError : null;
  const history = { invocations: part.invocations + 1, last: { functionError, requestId } };
  const left = records.slice(done);
  if (settings.bisectBatchOnFunctionError) {
    // The batch is cut at the reported record. Lambda does not count that as a retry.
    if (done > 0) return [{ records: left, attempts, ...history }];
    const middle = Math.ceil(left.length / 2);
    if (result.kind === 'failure' && left.length > 1)
      return [left.slice(0, middle), left.slice(middle)].map((half) => ({ records: half, attempts, ...history }));
  }
  const retried = { records: left, attempts: attempts + 1, ...history };
  const { maximumRetryAttempts: most } = settings;
  if (most >= 0 && retried.attempts > most) {
    await giveUp('RetryAttemptsExhausted', retried, options);
    return [];
  }
  await clock.sleep(fullJitter(BACKOFF, retried.attempts, clock.random()), signal);
  return [retried];
};

/**
 * Ends the open window, as Lambda does: an invocation without records has its last state. The shard waits until it succeeds.
 * Without an open window nothing is done.
 */
export const closeWindow = async (options: DeliveryOptions): Promise<void> => {
  const { clock, signal, window } = options;
  for (let failures = 1; window?.open && !signal.aborted; failures += 1) {
    const { result } = await invoke([], options);
    if (result.kind === 'success') window.close();
    else await clock.sleep(fullJitter(BACKOFF, failures, clock.random()), signal);
  }
};

/** Invokes the function once, without records where its window ends, and keeps the state of that. */
const invoke = async (
  records: readonly ReadRecord[],
  { settings, window, ...options }: DeliveryOptions,
): Promise<{ requestId: string; result: BatchResult }> => {
  const isFinal = records.length === 0;
  const event = { Records: records.map((record) => record.event), ...window?.fields(isFinal) };
  const answer = await options.invoke(JSON.stringify(event));
  const sequenceNumbers = records.map((record) => record.sequenceNumber);
  const { reportBatchItemFailures: reports } = settings;
  const result = readBatchResult(answer, sequenceNumbers, { reports, hasWindow: window !== undefined });
  if (result.kind !== 'failure') window?.keep(result.state);
  return { requestId: answer.requestId, result };
};

const doneOf = (result: BatchResult, length: number): number => {
  if (result.kind === 'success') return length;
  return result.kind === 'partial' ? result.index : 0;
};

/** Records are in the order of their arrival, so the expired ones come first. */
const countExpired = (records: readonly ReadRecord[], { settings, clock }: DeliveryOptions): number => {
  const age = settings.maximumRecordAgeInSeconds;
  if (age < 0) return 0;
  const oldest = clock.now() - age * 1000;
  const fresh = records.findIndex(({ arrivedAt }) => arrivedAt >= oldest);
  return fresh < 0 ? records.length : fresh;
};

/** Tries until the records are kept, and settles them then. Where the signal is aborted before that they stay as they are. */
const giveUp = async (
  condition: FailedBatch['condition'],
  part: Part,
  { clock, onFailure, onProblem, onSettled, signal }: DeliveryOptions,
): Promise<void> => {
  const batch: FailedBatch = {
    condition,
    records: part.records,
    approximateInvokeCount: Math.max(1, part.invocations),
    functionError: part.last?.functionError ?? null,
    ...defined({ requestId: part.last?.requestId }),
  };
  const keep = async (): Promise<true> => {
    await onFailure(batch);
    return true;
  };
  const waitAfter = (error: unknown, failures: number): number => {
    onProblem(`a batch that was given up cannot be kept yet: ${describeError(error)}`);
    return fullJitter(BACKOFF, failures, clock.random());
  };
  if (await retryUntilAborted(keep, { clock, signal, waitAfter })) onSettled(part.records);
};
