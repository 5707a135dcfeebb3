import type { Agent } from 'node:https';
import type { PutRecords } from '../aws/kinesis.ts';
import type { Call } from '../cli/command.ts';
import type { Clock } from '../core/clock.ts';
import { defined } from '../core/defined.ts';
import type { Shape } from '../core/shapes/shape.ts';
import type { SourceEvent } from '../core/source-event.ts';
import { type KeptSettings, openKept } from './kept/kept-files.ts';
import { offsetOf } from './kept/source-checkpoint.ts';
import { lastWait } from './last-wait.ts';
import { patienceOf } from './producer/patience.ts';
import { Producer, type ProducerOptions } from './producer/producer.ts';
import type { Outcome } from './producer/settlement.ts';
import type { ProducerStatistics } from './producer/statistics.ts';
import { statsIfAny } from './sources/file/identity.ts';
import { openSource } from './sources/open.ts';
import type { PlacedEvent, Source, SourceNote } from './sources/source.ts';
import { isReadOnce } from './sources/source-name.ts';
import type { SourceSettings } from './sources/source-settings.ts';
import { type Counts, type Failures, startTally } from './tally.ts';

export interface Delivered extends Counts {
  seconds: number;
  failures: Failures;
  /** Why the source or the producer ended early. */
  error?: Error;
  /** Why the checkpoint could not be written in the end: the next run sends again what this one has sent since the last time. */
  checkpointError?: Error;
  statistics: ProducerStatistics;
  /** Why there are failed events that the spool does not hold. */
  spoolError?: Error;
  /** The byte of the file where this run began, where there is a checkpoint. */
  resumedAt?: number;
  /**
   * The first byte that was not read, where the run ended before the end of the file or of the pipe and before --max, or that is in no
   * place. Of a pipe nobody knows whether there is such a byte.
   */
  unreadFrom?: number;
  /** Whether the source is packed with gzip; its bytes are those of what it unpacks to. */
  isPacked: boolean;
}

export interface DeliveryOptions {
  settings: SourceSettings &
    KeptSettings & {
      max?: number;
      ordered?: boolean;
      aggregate?: boolean;
      recordLimit?: number;
      patienceMs: number;
    };
  putRecords: PutRecords;
  /** Monotonic: it measures durations. */
  clock: Clock;
  /** Milliseconds since 1970: for dates. */
  calendar: Pick<Clock, 'now'>;
  /** Ends the source; what was read is still delivered, unless Kinesis takes nothing for eight seconds. */
  drain: AbortSignal;
  /** Gives up what is not delivered yet. */
  stop: AbortSignal;
  /** Those that give the lines of a file their partition keys. @default all */
  shapes?: readonly Shape[];
  /** For a source that is reached by TLS. @default that of node:https */
  agent?: Agent;
  /** Opens standard input. @default that of the process */
  stdin?: Call['stdin'];
  onRead?: (event: SourceEvent) => void;
  /** Waited for before more is read. Resolves at once when its signal is aborted. */
  room?: (signal: AbortSignal) => Promise<void>;
  onOutcome?: (outcome: Outcome) => void;
  onNote?: (note: SourceNote) => void;
  onWaiting?: ProducerOptions['onWaiting'];
  /** How long a small request may stay unanswered at first. Milliseconds. @default as the producer has it */
  requestMs?: number;
  /** Called whenever a count has changed. */
  onProgress?: (counts: Counts) => void;
}

/**
 * Reads a source to its end and puts its events on the stream. What cannot be delivered is kept in the spool.
 *
 * @throws {UsageError} where the source, the spool or the checkpoint cannot be opened; nothing is sent then
 */
export const deliver = async (options: DeliveryOptions): Promise<Delivered> => {
  const { settings, clock, calendar, stdin, onProgress = () => {} } = options;
  const { max, ordered, aggregate, recordLimit, patienceMs, checkpoint } = settings;
  const ended = new AbortController();
  const signal = AbortSignal.any([options.drain, options.stop, ended.signal]);
  const started = clock.now();
  const tally = startTally(() => producer.counts, calendar);
  const { counts } = tally;
  let isPacked = false;
  const note = (noted: SourceNote): void => {
    if (noted.kind === 'packed') isPacked = true;
    tally.noted(noted);
    options.onNote?.(noted);
  };
  const onProblem = (message: string): void => note({ kind: 'problem', message });
  const kept = await openKept(settings, { clock, calendar, onProblem, ...defined({ stdin }) });
  const { shapes, agent, requestMs } = options;
  const context = { signal, clock, calendar, note, passed: kept.passed, ...defined({ shapes, agent, stdin }) };
  const source = await openSource(settings, context, kept.start);
  const resumed = offsetOf(kept.start);
  const position = { start: resumed ?? 0, readTo: resumed ?? 0, size: isPacked ? 0 : sizeOf(settings) };
  if (position.size > 0) counts.file = position;
  const isOnlyOnce = isReadOnce(settings);
  /** Whether all was read that was asked for. */
  let isAtEnd = false;

  let onSettled: (() => void) | undefined;
  /** Waits for the outcome of the first event, so that a wrong name of the stream shows before others are read and must be kept. */
  const answer = async (): Promise<void> => {
    if (counts.sent === 0 && counts.failed < counts.read)
      await new Promise<void>((resolve) => {
        onSettled = resolve;
      });
  };

  const read = (event: PlacedEvent): void => {
    counts.read += 1;
    if (event.isKeyless) counts.keyless += 1;
    if ('end' in event) position.readTo = Number(event.end);
    kept.read(event);
    options.onRead?.(event);
  };
  const counted = async function* (): Source & AsyncGenerator<readonly PlacedEvent[]> {
    for await (const batch of source)
      for (let from = 0; from < batch.length; ) {
        // One at a time until one has arrived.
        const some = counts.sent === 0 ? 1 : batch.length;
        const events = batch.slice(from, from + Math.min(some, max === undefined ? some : max - counts.read));
        for (const event of events) read(event);
        onProgress(counts);
        yield events;
        if (counts.read === max) {
          isAtEnd = true;
          return;
        }
        await answer();
        await options.room?.(signal);
        // What a pipe has given nobody can read again: its source still hands that out.
        if (signal.aborted && !isOnlyOnce) return;
        from += events.length;
      }
    isAtEnd = !signal.aborted;
  };
  /** The first byte of the file whose event neither arrived nor is kept. */
  let lostFrom = Number.POSITIVE_INFINITY;
  const onOutcome = (outcome: Outcome): void => {
    const isKept = kept.settled(outcome);
    tally.settled(outcome, isKept ? kept.spool.path : undefined);
    if (outcome.status === 'failed' && !isKept && 'start' in outcome.event)
      lostFrom = Math.min(lostFrom, Number(outcome.event.start));
    options.onOutcome?.(outcome);
    onProgress(counts);
    onSettled?.();
    onSettled = undefined;
  };
  const last = lastWait({ drain: options.drain, settled: () => counts.sent + counts.failed, clock });
  const producer = new Producer({
    ...defined({ ordered, aggregate, recordLimit, requestMs, onWaiting: options.onWaiting }),
    putRecords: options.putRecords,
    onOutcome,
    stopSource: () => ended.abort(),
    signal: AbortSignal.any([options.stop, last.signal]),
    patience: patienceOf(patienceMs),
    clock,
  });
  const failure = await producer.run(counted()).catch((error: Error) => error);
  last.end();
  // Who stops the client in the middle of a pipe knows that.
  const isAskedTo = options.drain.aborted || options.stop.aborted;
  const isLeftUnread = isOnlyOnce ? !isAskedTo : isPacked || position.readTo < sizeOf(settings);
  const isCutShort = !isAtEnd && (signal.aborted || failure !== undefined) && isLeftUnread;
  const isLost = lostFrom < position.readTo;
  const checkpointError = await kept.close();
  return {
    ...counts,
    isPacked,
    seconds: (clock.now() - started) / 1000,
    failures: tally.failures,
    statistics: producer.statistics,
    ...defined({
      error: failure,
      checkpointError,
      spoolError: kept.spool.error,
      resumedAt: checkpoint === undefined ? undefined : resumed,
      unreadFrom: isLost ? lostFrom : isCutShort ? position.readTo : undefined,
    }),
  };
};

/** Bytes of the file that is read; 0 for any other source, and for a file that grows. */
const sizeOf = ({ source, file = '', follow = false }: SourceSettings): number => {
  const stats = source === 'file' && !follow ? statsIfAny(file) : undefined;
  return stats?.isFile() ? stats.size : 0;
};
