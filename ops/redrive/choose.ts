import type { SourceEvent } from '../../core/source-event.ts';
import { type Entry, EntryError, type Place } from './entry.ts';
import { isSelected, type Selection } from './selection.ts';

/** An entry to put back, with its events. */
export interface Chosen {
  place: Place;
  entry: Entry;
  events: SourceEvent[];
}

export interface Choice {
  places: readonly Place[];
  selection: Selection;
  /** At most so many events. An entry that does not fit any more ends the choice, so that their order is kept. */
  limit?: number;
  /** Ends the choice; every entry that was begun is yielded whole. */
  signal: AbortSignal;
  /** Places whose remaining entries are not to be read. */
  isClosed: (place: Place) => boolean;
  /** An entry that cannot be put back. */
  onBadEntry: (place: Place, error: EntryError) => void;
  /** A place that cannot be read any further. */
  onBadPlace: (place: Place, error: Error) => void;
  /** An entry that the selection leaves out. */
  onPassedOver: (entry: Entry) => void;
  /** The first entry that the limit leaves no room for. */
  onLimit: (entry: Entry, room: number) => void;
}

/** Reads the places one after the other and yields what is selected. It throws nothing: one bad entry keeps none from the rest. */
export async function* choose(choice: Choice): AsyncGenerator<Chosen> {
  const { places, selection, signal } = choice;
  let room = choice.limit ?? Number.POSITIVE_INFINITY;
  for (const place of places)
    try {
      for await (const entry of place.entries(signal)) {
        if (signal.aborted) return;
        if (choice.isClosed(place)) break;
        if (entry instanceof EntryError) {
          choice.onBadEntry(place, entry);
          continue;
        }
        if (!isSelected(selection, entry)) {
          choice.onPassedOver(entry);
          continue;
        }
        if (entry.size > room) {
          choice.onLimit(entry, room);
          return;
        }
        const events = await eventsOf(entry, place, choice);
        if (!events) continue;
        room -= entry.size;
        yield { place, entry, events };
        if (room === 0) return;
      }
    } catch (error) {
      if (signal.aborted) return;
      choice.onBadPlace(place, error as Error);
    }
}

const eventsOf = async (
  entry: Entry,
  place: Place,
  { signal, onBadEntry }: Choice,
): Promise<SourceEvent[] | undefined> => {
  try {
    return await entry.events(signal);
  } catch (error) {
    if (signal.aborted || !(error instanceof EntryError)) throw error;
    onBadEntry(place, error);
    return undefined;
  }
};
