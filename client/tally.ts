import type { Clock } from '../core/clock.ts';
import type { Outcome } from './producer/settlement.ts';
import type { ProducerCounts } from './producer/statistics.ts';
import type { SourceNote } from './sources/source.ts';

/** Counts of one run of the client. Every event that was read is either sent or failed in the end. */
export interface Counts {
  read: number;
  sent: number;
  failed: number;
  /** Events that name no partition key. */
  keyless: number;
  /** How many of the failed events are in the spool. */
  spooled: number;
  /** The spool, once it holds an event. */
  spool?: string;
  /** Messages of the source that were not events, and events that it repeated; neither counts as read. */
  notices: number;
  repeats: number;
  /** Messages that the source should not send, and lines that were too long; neither counts as read. */
  unusable: number;
  skipped: number;
  /** Events in a request at this moment. */
  inFlight: number;
  /** How often events were sent again. */
  retried: number;
  /** How often a shard at its limit refused one. The other retries had other reasons, such as no answer. */
  refused: number;
  /**
   * How far the newest event that Kinesis has is behind the clock, where a live source gives its time. It grows while others wait;
   * where none do, the source is quiet. Milliseconds.
   */
  lagMs?: number | undefined;
  /** Whether the source is packed with gzip; its bytes are those of what it unpacks to. */
  isPacked: boolean;
  /** Bytes of the file: where this run began, how far it is read, and how many there are. Absent where the size is unknown. */
  file?: { start: number; readTo: number; size: number };
}

/** Why events failed, by the name of the error. */
export type Failures = Map<string, { error: Error; events: number }>;

/**
 * Counts what becomes of the events of one run.
 *
 * @param producer its counts also change while there are no outcomes, when Kinesis accepts nothing
 * @param calendar milliseconds since 1970
 */
export const startTally = (producer: () => Readonly<ProducerCounts>, calendar: Pick<Clock, 'now'>) => {
  let newest = Number.NEGATIVE_INFINITY;
  let lastLagMs: number | undefined;
  const behind = (): number => Math.max(0, calendar.now() - newest);
  const failures: Failures = new Map();
  const counts: Counts = {
    read: 0,
    sent: 0,
    failed: 0,
    keyless: 0,
    spooled: 0,
    notices: 0,
    repeats: 0,
    unusable: 0,
    skipped: 0,
    isPacked: false,
    get inFlight() {
      return producer().inFlight;
    },
    get retried() {
      return producer().retried;
    },
    get refused() {
      return producer().refused;
    },
    get lagMs() {
      const isWaiting = lastLagMs !== undefined && counts.read > counts.sent + counts.failed;
      return isWaiting ? behind() : lastLagMs;
    },
  };
  return {
    counts,
    failures,
    noted: ({ kind }: SourceNote): void => {
      if (kind === 'notice') counts.notices += 1;
      if (kind === 'repeat') counts.repeats += 1;
      if (kind === 'unusable') counts.unusable += 1;
      if (kind === 'skipped') counts.skipped += 1;
      if (kind === 'packed') counts.isPacked = true;
    },
    /** @param spool the file that keeps the event, where one does */
    settled: (outcome: Outcome, spool: string | undefined): void => {
      counts[outcome.status] += 1;
      if (outcome.status === 'failed') {
        const { error, events } = failures.get(outcome.error.name) ?? { error: outcome.error, events: 0 };
        failures.set(error.name, { error, events: events + 1 });
      } else if (outcome.event.time !== undefined) {
        newest = Math.max(newest, outcome.event.time);
        lastLagMs = behind();
      }
      if (spool === undefined) return;
      counts.spooled += 1;
      counts.spool = spool;
    },
  };
};
