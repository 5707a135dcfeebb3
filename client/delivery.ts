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
import { Reading } from './reading.ts';
import { openSource } from './sources/open.ts';
import type { PlacedEvent, SourceNote } from './sources/source.ts';
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
  const { settings, clock, calendar, drain, stop, stdin, room, onProgress = () => {} } = options;
  const { ordered, aggregate, recordLimit, patienceMs } = settings;
  const ended = new AbortController();
  const signal = AbortSignal.any([drain, stop, ended.signal]);
  const started = clock.now();
  const tally = startTally(() => producer.counts, calendar);
  const { counts } = tally;
  const note = (noted: SourceNote): void => {
    tally.noted(noted);
    options.onNote?.(noted);
  };
  const onProblem = (message: string): void => note({ kind: 'problem', message });
  const kept = await openKept(settings, { clock, calendar, onProblem, ...defined({ stdin }) });
  const resumedAt = offsetOf(kept.start);
  const { shapes, agent, requestMs } = options;
  const context = { signal, clock, calendar, note, passed: kept.passed, ...defined({ shapes, agent, stdin }) };
  const source = await openSource(settings, context, kept.start);
  const onRead = (event: PlacedEvent): void => {
    kept.read(event);
    options.onRead?.(event);
  };
  const progress = (): void => onProgress(counts);
  const reading = new Reading({ settings, start: resumedAt, counts, signal, onRead, onProgress: progress, room });
  const onOutcome = (outcome: Outcome): void => {
    const isKept = kept.settled(outcome);
    tally.settled(outcome, isKept ? kept.spool.path : undefined);
    if (outcome.status === 'failed' && !isKept) reading.lost(outcome.event);
    options.onOutcome?.(outcome);
    progress();
    reading.settled();
  };
  const last = lastWait({ drain, settled: () => counts.sent + counts.failed, clock });
  const producer = new Producer({
    ...defined({ ordered, aggregate, recordLimit, requestMs, onWaiting: options.onWaiting }),
    putRecords: options.putRecords,
    onOutcome,
    stopSource: () => ended.abort(),
    signal: AbortSignal.any([stop, last.signal]),
    patience: patienceOf(patienceMs),
    clock,
  });
  const error = await producer.run(reading.events(source)).catch((failure: Error) => failure);
  last.end();
  const unreadFrom = reading.unreadFrom(drain.aborted || stop.aborted);
  const checkpointError = await kept.close();
  return {
    ...counts,
    seconds: (clock.now() - started) / 1000,
    failures: tally.failures,
    statistics: producer.statistics,
    ...defined({ error, checkpointError, spoolError: kept.spool.error, resumedAt, unreadFrom }),
  };
};
