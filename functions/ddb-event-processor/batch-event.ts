import type { EventData } from '../../core/event-data.ts';
import type { Reason, Rejection } from '../../core/invalid-event.ts';
import type { Origin } from './decode-record.ts';

/** What became of an event, from the least grave to the gravest. */
const OUTCOMES = ['dropped', 'superseded', 'stale', 'written', 'rejected', 'unwritten'] as const;

type OutcomeKind = (typeof OUTCOMES)[number];

export type Outcome = { kind: Exclude<OutcomeKind, 'rejected'> } | { kind: 'rejected'; rejection: Rejection };

/** An event of a batch. In the end it has exactly one outcome. */
export interface BatchEvent {
  origin: Origin;
  outcome?: Outcome;
}

/** A row that an event makes. Later events may make later versions of the same row. */
export interface Version {
  event: BatchEvent;
  row: EventData;
}

/** Notes what became of a row of the event. An event of several rows has the outcome of the one that fared worst. */
export const settle = (event: BatchEvent, outcome: Outcome): void => {
  const known = event.outcome ? OUTCOMES.indexOf(event.outcome.kind) : -1;
  if (OUTCOMES.indexOf(outcome.kind) > known) event.outcome = outcome;
};

/** How many events have each outcome, and how many are rejected for each reason. */
export const tally = (
  events: readonly BatchEvent[],
): { counts: Record<OutcomeKind, number>; reasons: Partial<Record<Reason, number>> } => {
  const counts = { dropped: 0, superseded: 0, stale: 0, written: 0, rejected: 0, unwritten: 0 };
  const reasons: Partial<Record<Reason, number>> = {};
  for (const { outcome } of events) {
    if (!outcome) throw new TypeError('an event of the batch has no outcome');
    counts[outcome.kind] += 1;
    if (outcome.kind === 'rejected') reasons[outcome.rejection.reason] = (reasons[outcome.rejection.reason] ?? 0) + 1;
  }
  return { counts, reasons };
};
