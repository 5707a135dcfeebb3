import { pending } from '../../client/producer/parcel.ts';
import { tooLarge } from '../../client/producer/producer.ts';
import type { Clock } from '../../core/clock.ts';
import type { SourceEvent } from '../../core/source-event.ts';
import { EntryError, type SetAsideEntry, type SetAsideStore } from './set-aside.ts';

/** Which entries to put back. Times are milliseconds since 1970. */
export interface Selection {
  /** An empty list means all. */
  reasons: readonly string[];
  /** Set aside at this time or later. */
  since?: number;
  /** Set aside before this time: the start of the run, or an event that is rejected again would go round for ever. */
  before: number;
}

/** An entry to put back, with its events. */
export interface SelectedEntry {
  store: SetAsideStore;
  entry: SetAsideEntry;
  events: SourceEvent[];
}

export interface SelectOptions {
  stores: readonly SetAsideStore[];
  selection: Selection;
  /** At most so many records. The first entry that does not fit ends the selection, so that their order is kept. */
  limit?: number;
  /** Bytes of one record, its partition key included. @default as the producer has it */
  recordLimit?: number;
  /** Dates: milliseconds since 1970. */
  clock: Pick<Clock, 'now'>;
  /** Ends the selection; every entry that was begun is yielded whole. */
  signal: AbortSignal;
  /** Whether the remaining entries of a store are not to be read. */
  isClosed: (store: SetAsideStore) => boolean;
  /** An entry that cannot be put back. */
  onBadEntry: (store: SetAsideStore, error: EntryError) => void;
  /** A store that cannot be read any further. */
  onBadStore: (store: SetAsideStore, error: Error) => void;
  /** An entry that the selection leaves out. */
  onPassedOver: (entry: SetAsideEntry) => void;
  /** The first entry that the limit leaves no room for. */
  onLimit: (entry: SetAsideEntry, room: number) => void;
}

/** Clocks may differ by so much. AWS refuses the signature of a machine whose clock is wrong by more. Milliseconds. */
const CLOCK_TOLERANCE_MS = 5 * 60_000;

/** Reads the stores one after the other and yields what is selected. It throws nothing: a bad entry does not stop the others. */
export async function* selectEntries(options: SelectOptions): AsyncGenerator<SelectedEntry> {
  const { stores, signal, limit = Number.POSITIVE_INFINITY, onBadStore } = options;
  const room = { records: limit };
  for (const store of stores) {
    try {
      yield* selectFrom(store, room, options);
    } catch (error) {
      if (!signal.aborted) onBadStore(store, error as Error);
    }
    if (signal.aborted || room.records === 0) return;
  }
}

/** What is selected of one store. @param room the records that may still come, counted down: 0 ends the selection */
async function* selectFrom(
  store: SetAsideStore,
  room: { records: number },
  options: SelectOptions,
): AsyncGenerator<SelectedEntry> {
  const { selection, clock, signal, isClosed, onBadEntry, onPassedOver, onLimit } = options;
  for await (const found of store.entries(signal)) {
    if (signal.aborted || isClosed(store)) return;
    const entry = orErrorOfDate(found, clock.now());
    if (entry instanceof EntryError) onBadEntry(store, entry);
    else if (!isSelected(selection, entry)) onPassedOver(entry);
    else if (entry.size > room.records) {
      onLimit(entry, room.records);
      room.records = 0;
    } else {
      const events = await eventsOf(entry, store, options);
      if (events) {
        room.records -= entry.size;
        yield { store, entry, events };
      }
    }
    if (room.records === 0) return;
  }
}

const isSelected = (selection: Selection, { reason, setAsideAt }: SetAsideEntry): boolean =>
  isAskedFor(selection, reason) &&
  setAsideAt < selection.before &&
  (selection.since === undefined || setAsideAt >= selection.since);

const isAskedFor = ({ reasons }: Selection, reason: string): boolean =>
  reasons.length === 0 || reasons.includes(reason);

/** Without this an entry with a wrong date would count as newer than every run, and would be left out without an error. */
const orErrorOfDate = (entry: SetAsideEntry | EntryError, now: number): SetAsideEntry | EntryError =>
  entry instanceof EntryError || entry.setAsideAt <= now + CLOCK_TOLERANCE_MS
    ? entry
    : new EntryError(
        entry.name,
        `it is dated ${new Date(entry.setAsideAt).toISOString()}, which is in the future; expected the time when it was set aside: ` +
          'check the clock of this machine, or correct the date',
      );

const eventsOf = async (
  entry: SetAsideEntry,
  store: SetAsideStore,
  { signal, recordLimit, onBadEntry }: SelectOptions,
): Promise<SourceEvent[] | undefined> => {
  try {
    const events = await entry.events(signal);
    // Without this each run would put back the others of its batch once more.
    const error = events.map((event) => tooLarge(pending(event).bytes, recordLimit)).find((each) => each !== undefined);
    if (error) throw new EntryError(entry.name, error.message);
    return events;
  } catch (error) {
    if (signal.aborted || !(error instanceof EntryError)) throw error;
    onBadEntry(store, error);
    return undefined;
  }
};

/** What a run leaves out on purpose. */
export interface PassedOver {
  entries: number;
  /** How many of them were set aside since the run began. */
  tooNew: number;
  /** The reasons of those that were not asked for. */
  reasons: Set<string>;
  /** An entry that did not fit into the limit, and the records that it had left. */
  limit?: { entry: SetAsideEntry; room: number };
}

/** Counts what a selection leaves out. */
export const countPassedOver = (selection: Selection) => {
  const passedOver: PassedOver = { entries: 0, tooNew: 0, reasons: new Set() };
  return {
    passedOver,
    onPassedOver: ({ reason, setAsideAt }: SetAsideEntry): void => {
      passedOver.entries += 1;
      if (setAsideAt >= selection.before) passedOver.tooNew += 1;
      if (!isAskedFor(selection, reason)) passedOver.reasons.add(reason);
    },
    onLimit: (entry: SetAsideEntry, room: number): void => {
      passedOver.limit = { entry, room };
    },
  };
};
