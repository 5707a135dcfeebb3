import type { Entry } from './entry.ts';
import type { Selection } from './selection.ts';

/** What a run leaves alone on purpose. */
export interface PassedOver {
  entries: number;
  /** How many of them were set aside since the run began. */
  tooNew: number;
  /** The reasons of those that were not asked for. */
  reasons: Set<string>;
  /** An entry that did not fit into the limit, and the events that it had left. */
  limit?: { entry: Entry; room: number };
}

/** Counts what a choice leaves out. */
export const countPassedOver = (selection: Selection) => {
  const passedOver: PassedOver = { entries: 0, tooNew: 0, reasons: new Set() };
  return {
    passedOver,
    onPassedOver: ({ reason, setAsideAt }: Entry): void => {
      passedOver.entries += 1;
      if (setAsideAt >= selection.before) passedOver.tooNew += 1;
      if (!selection.reasons.includes(reason)) passedOver.reasons.add(reason);
    },
    onLimit: (entry: Entry, room: number): void => {
      passedOver.limit = { entry, room };
    },
  };
};
