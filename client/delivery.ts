import { setTimeout as delay } from 'node:timers/promises';
import type { SourceEvent } from '../core/source-event.ts';
import { type Outcome, type PutRecords, produce } from './producer.ts';
import type { SourceSettings } from './settings.ts';
import { openSource } from './sources/open.ts';
import type { Source, SourceNote } from './sources/source.ts';

/** Counts of one run of the client. Every event read is either sent or failed. */
export interface Counts {
  read: number;
  sent: number;
  failed: number;
  /** Messages of the source that were no events, and events that it repeated; neither is read. */
  notices: number;
  repeats: number;
}

export interface Delivered extends Counts {
  seconds: number;
  /** What the events failed of, with how many of each. */
  failures: Map<string, { error: Error; events: number }>;
  /** Why the source or the producer ended early. */
  error?: Error;
}

export interface DeliveryOptions {
  settings: SourceSettings & { max?: number; patienceMs: number };
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

/** Reads a source to its end and puts its events on the stream. @throws {UsageError} where the source cannot be opened */
export const deliver = async (options: DeliveryOptions): Promise<Delivered> => {
  const { settings, onProgress = () => {} } = options;
  const counts: Counts = { read: 0, sent: 0, failed: 0, notices: 0, repeats: 0 };
  const failures: Delivered['failures'] = new Map();
  const ended = new AbortController();
  const signal = AbortSignal.any([options.drain, ended.signal]);
  const started = performance.now();

  const source = await openSource(settings, {
    signal,
    note: (note) => {
      if (note.kind === 'notice') counts.notices += 1;
      if (note.kind === 'repeat') counts.repeats += 1;
      options.onNote?.(note);
    },
  });
  const onOutcome = (outcome: Outcome): void => {
    if (outcome.status === 'sent') counts.sent += 1;
    else {
      counts.failed += 1;
      const { name } = outcome.error;
      const failure = failures.get(name) ?? { error: outcome.error, events: 0 };
      failures.set(name, { ...failure, events: failure.events + 1 });
    }
    options.onOutcome?.(outcome);
    onProgress(counts);
  };
  const counted = async function* (): Source & AsyncGenerator<SourceEvent> {
    for await (const event of source) {
      counts.read += 1;
      options.onRead?.(event);
      onProgress(counts);
      yield event;
      if (counts.read === settings.max) return;
    }
  };

  const error = await produce(counted(), {
    putRecords: options.putRecords,
    onOutcome,
    stopSource: () => ended.abort(),
    signal: options.stop,
    patience: { firstMs: Math.min(FIRST_PATIENCE_MS, settings.patienceMs), ms: settings.patienceMs },
    random: Math.random,
    now: Date.now,
    sleep: (ms, abort) => delay(ms, undefined, { signal: abort }).catch(() => undefined),
  }).catch((failed: Error) => failed);
  const seconds = (performance.now() - started) / 1000;
  return { ...counts, seconds, failures, ...(error ? { error } : {}) };
};

/** Events a second, rounded to a tenth. */
export const rateOf = (events: number, seconds: number): number =>
  seconds > 0 ? Math.round((events / seconds) * 10) / 10 : 0;
