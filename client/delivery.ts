import { statSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { PutRecords } from '../aws/kinesis.ts';
import { systemClock } from '../aws/system-clock.ts';
import type { SourceEvent } from '../core/source-event.ts';
import { type Checkpoint, openCheckpoint } from './kept/checkpoint.ts';
import { Spool } from './kept/spool.ts';
import { type Outcome, Producer, type ProducerStatistics } from './producer/producer.ts';
import { openSource } from './sources/open.ts';
import type { Source, SourceNote } from './sources/source.ts';
import type { SourceSettings } from './sources/source-settings.ts';

/** Counts of one run of the client. Every event read is either sent or failed. */
export interface Counts {
  read: number;
  sent: number;
  failed: number;
  /** Those of the failed that the spool has. */
  spooled: number;
  /** The spool, once it has any. */
  spool?: string;
  /** Messages of the source that were no events, and events that it repeated; neither is read. */
  notices: number;
  repeats: number;
  /** Events in a request at this moment. */
  inFlight: number;
  /** How often events were sent again, and how often Kinesis refused one: the rest of the retries had no answer at all. */
  retried: number;
  refused: number;
  /** How far the newest event that Kinesis took is behind the clock, where a live source says when it happened. Milliseconds. */
  lagMs?: number;
}

export interface Delivered extends Counts {
  seconds: number;
  /** What the events failed of, with how many of each. */
  failures: Map<string, { error: Error; events: number }>;
  /** Why the source or the producer ended early, or the checkpoint could not be written. */
  error?: Error;
  /** How the producer fared. */
  statistics: ProducerStatistics;
  /** Why there are failed events that the spool does not have. */
  spoolError?: Error;
  /** The byte of the file where this run began, where a checkpoint had it. */
  resumedAt?: number;
  /** The byte of the file from which on it was not read, where the run ended before it was told to. */
  unreadFrom?: number;
}

export interface DeliveryOptions {
  settings: SourceSettings & {
    max?: number;
    ordered?: boolean;
    aggregate?: boolean;
    recordLimit?: number;
    patienceMs: number;
    /** The file for what cannot be delivered. @default a new one, see {@link Spool} */
    spool?: string;
    /** For `file`: remembers there how far it came, and goes on from there. */
    checkpoint?: string;
  };
  putRecords: PutRecords;
  /** Ends the source; what was read is still delivered. */
  drain: AbortSignal;
  /** Gives up what is not delivered yet. */
  stop: AbortSignal;
  onRead?: (event: SourceEvent) => void;
  onOutcome?: (outcome: Outcome) => void;
  onNote?: (note: SourceNote) => void;
  /** Called whenever a count has changed. */
  onProgress?: (counts: Counts) => void;
}

/** Patience with a Kinesis that has never answered: long enough for a slow network, short for a wrong setting. */
const FIRST_PATIENCE_MS = 10_000;

/**
 * Reads a source to its end and puts its events on the stream. What cannot be delivered is kept in the spool.
 *
 * @throws {UsageError} where the source, the spool or the checkpoint cannot be opened; nothing is sent then
 */
export const deliver = async (options: DeliveryOptions): Promise<Delivered> => {
  const { settings, onProgress = () => {} } = options;
  const { file = '' } = settings;
  const counts: Counts = {
    read: 0,
    sent: 0,
    failed: 0,
    spooled: 0,
    notices: 0,
    repeats: 0,
    // While Kinesis takes nothing there are no outcomes, and these change all the same.
    get inFlight() {
      return producer.counts.inFlight;
    },
    get retried() {
      return producer.counts.retried;
    },
    get refused() {
      return producer.counts.refused;
    },
  };
  const failures: Delivered['failures'] = new Map();
  const ended = new AbortController();
  const signal = AbortSignal.any([options.drain, options.stop, ended.signal]);
  const started = performance.now();

  const spool = new Spool({
    path: settings.spool,
    source: settings.source === 'stdin' ? process.stdin.fd : settings.file,
    now: () => new Date(),
  });
  const checkpoint =
    settings.checkpoint === undefined
      ? undefined
      : await openCheckpoint({ path: settings.checkpoint, file, beforeSave: () => spool.sync() });
  let readTo = checkpoint?.start ?? 0;
  const source = await openSource(
    settings,
    {
      signal,
      clock: systemClock,
      note: (note) => {
        if (note.kind === 'notice') counts.notices += 1;
        if (note.kind === 'repeat') counts.repeats += 1;
        options.onNote?.(note);
      },
    },
    readTo,
  );
  let newest = Number.NEGATIVE_INFINITY;
  const onOutcome = (outcome: Outcome): void => {
    if (outcome.status === 'sent') {
      counts.sent += 1;
      const { time } = outcome.event;
      if (time !== undefined) {
        newest = Math.max(newest, time);
        counts.lagMs = Math.max(0, Date.now() - newest);
      }
    } else {
      counts.failed += 1;
      const { name } = outcome.error;
      const failure = failures.get(name) ?? { error: outcome.error, events: 0 };
      failures.set(name, { ...failure, events: failure.events + 1 });
    }
    const isKept = outcome.status === 'failed' && spool.keep(outcome.event);
    if (isKept) {
      counts.spooled += 1;
      counts.spool = spool.path!;
    }
    if (isKept || outcome.status === 'sent') checkpoint?.done(outcome.event);
    options.onOutcome?.(outcome);
    onProgress(counts);
  };
  const counted = async function* (): Source & AsyncGenerator<SourceEvent> {
    for await (const event of source) {
      counts.read += 1;
      if ('end' in event) readTo = Number(event.end);
      checkpoint?.read(event, readTo);
      options.onRead?.(event);
      onProgress(counts);
      yield event;
      if (counts.read === settings.max) return;
    }
  };

  const producer = new Producer({
    ...(settings.ordered !== undefined && { ordered: settings.ordered }),
    ...(settings.aggregate !== undefined && { aggregate: settings.aggregate }),
    ...(settings.recordLimit !== undefined && { recordLimit: settings.recordLimit }),
    putRecords: options.putRecords,
    onOutcome,
    stopSource: () => ended.abort(),
    signal: options.stop,
    patience: { firstMs: Math.min(FIRST_PATIENCE_MS, settings.patienceMs), ms: settings.patienceMs },
    random: Math.random,
    now: () => performance.now(),
    sleep: (ms, abort) => delay(ms, undefined, { signal: abort }).catch(() => undefined),
  });
  const produced = await producer.run(counted()).catch((failed: Error) => failed);
  const isCutShort = (signal.aborted || produced !== undefined) && settings.source === 'file' && readTo < sizeOf(file);
  const error = await finish(spool, checkpoint, produced);
  const seconds = (performance.now() - started) / 1000;
  return {
    ...counts,
    seconds,
    failures,
    statistics: producer.statistics,
    ...(error && { error }),
    ...(spool.error && { spoolError: spool.error }),
    ...(checkpoint && { resumedAt: checkpoint.start }),
    ...(isCutShort && { unreadFrom: readTo }),
  };
};

/** The spool first: the checkpoint says that it is there. */
const finish = async (
  spool: Spool,
  checkpoint: Checkpoint | undefined,
  produced: Error | undefined,
): Promise<Error | undefined> => {
  spool.close();
  const unsaved = await checkpoint?.close();
  return produced ?? unsaved;
};

const sizeOf = (file: string): number => statSync(file, { throwIfNoEntry: false })?.size ?? 0;
