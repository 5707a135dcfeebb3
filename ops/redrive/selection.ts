import type { Entry } from './entry.ts';

/** Which entries to put back. Times are milliseconds since 1970. */
export interface Selection {
  /** None means all. */
  reasons: readonly string[];
  /** Set aside at this time or later. */
  since?: number;
  /** Set aside before this time: the start of the run, or an event that is rejected again would go round for ever. */
  before: number;
}

/** Whether an entry is to be put back by this run. */
export const isSelected = ({ reasons, since, before }: Selection, { reason, setAsideAt }: Entry): boolean =>
  (reasons.length === 0 || reasons.includes(reason)) &&
  setAsideAt < before &&
  (since === undefined || setAsideAt >= since);
