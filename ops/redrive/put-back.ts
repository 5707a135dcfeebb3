import { setMaxListeners } from 'node:events';
import { EventTooLargeError, type Outcome, type ProducerOptions, produce } from '../../client/producer/producer.ts';
import type { Source } from '../../client/sources/source.ts';
import type { SourceEvent } from '../../core/source-event.ts';
import { type Choice, type Chosen, choose } from './choose.ts';
import { EntryError, type Place } from './entry.ts';
import { paceOf } from './rate-limit.ts';
import { Remover } from './remover.ts';

/** Counts of one place. Events are put back; entries are removed or left, and one entry may hold many events. */
export interface PlaceCounts {
  putBack: number;
  removed: number;
  left: number;
}

/** Entries that were left for one and the same cause. */
export interface Left {
  place: Place;
  /** `unsent`: not put back. `unremoved`: put back, and still where it was. */
  kind: 'unsent' | 'unremoved';
  error: Error;
  entries: number;
}

export interface PutBackOptions extends Omit<Choice, 'isClosed' | 'signal' | 'onBadEntry' | 'onBadPlace'> {
  producer: Omit<ProducerOptions, 'onOutcome' | 'stopSource' | 'signal'>;
  /** Events a second, at most. */
  rate?: number;
  /** Reads no more; what was read is still put back and removed. */
  drain: AbortSignal;
  /** Gives up at once. */
  stop: AbortSignal;
  onBadEntry: (place: Place, error: Error) => void;
  onBadPlace: Choice['onBadPlace'];
  /** Called whenever a count has changed. */
  onProgress?: (counts: readonly PlaceCounts[]) => void;
}

export interface PutBack {
  /** In the order of the places. */
  counts: PlaceCounts[];
  left: Left[];
  seconds: number;
  /** For what the producer gave up. */
  error?: Error;
}

/** What is on its way at the most. Whoever kills a redrive has that much put back twice. */
const MAX_PENDING = { events: 2_000, bytes: 20 * 1024 * 1024 };

/**
 * Puts entries back on the stream, and removes each once Kinesis acknowledged all of its events. It may be killed at any
 * point: what was not removed is put back again by the next run, and a row overwrites itself.
 */
export const putBack = async (options: PutBackOptions): Promise<PutBack> => {
  const { places, producer, drain, stop, onProgress = () => {} } = options;
  // Every call in flight listens to it, and Node takes more than ten listeners for a leak.
  setMaxListeners(0, stop);
  const halt = new AbortController();
  const signal = AbortSignal.any([drain, stop, halt.signal]);
  const pace = paceOf(options.rate, producer);
  const left: Left[] = [];
  const started = producer.now();

  const bookOf = (place: Place) => {
    const counts: PlaceCounts = { putBack: 0, removed: 0, left: 0 };
    const leave = (kind: Left['kind'], error: Error, entries: number): void => {
      counts.left += entries;
      const same = left.find((one) => one.place === place && one.kind === kind && one.error.name === error.name);
      if (same) same.entries += entries;
      else left.push({ place, kind, error, entries });
    };
    const remover = new Remover({
      place,
      signal: stop,
      onRemoved: (names) => {
        counts.removed += names.length;
        progress();
      },
      onFailed: (names, error) => leave('unremoved', error, names.length),
    });
    return { counts, leave, remover };
  };
  const books = new Map(places.map((place) => [place, bookOf(place)]));
  const allCounts = (): PlaceCounts[] => [...books.values()].map(({ counts }) => counts);
  const progress = (): void => onProgress(allCounts());

  const onBadEntry = (place: Place, error: Error): void => {
    books.get(place)!.counts.left += 1;
    options.onBadEntry(place, error);
  };
  /** For each event on its way, the entry that waits for it. */
  const underWay = new Map<SourceEvent, { chosen: Chosen; unsettled: number; error?: Error }>();
  const onOutcome = (outcome: Outcome): void => {
    const task = underWay.get(outcome.event)!;
    underWay.delete(outcome.event);
    task.unsettled -= 1;
    const { place, entry } = task.chosen;
    const { counts, leave, remover } = books.get(place)!;
    if (outcome.status === 'sent') counts.putBack += 1;
    else task.error ??= outcome.error;
    if (task.unsettled > 0) return;
    if (!task.error) remover.add(entry.name);
    else if (task.error instanceof EventTooLargeError)
      onBadEntry(place, new EntryError(entry.name, task.error.message));
    else leave('unsent', task.error, 1);
    progress();
  };
  const source = async function* (): Source & AsyncGenerator<SourceEvent> {
    const isClosed = (place: Place): boolean => books.get(place)!.remover.error !== undefined;
    for await (const chosen of choose({ ...options, signal, isClosed, onBadEntry })) {
      await books.get(chosen.place)!.remover.ready();
      const task = { chosen, unsettled: chosen.events.length };
      for (const event of chosen.events) underWay.set(event, task);
      for (const event of chosen.events) {
        await pace(signal);
        yield event;
        // The producer gave up: it would only fail the rest.
        if (halt.signal.aborted) return;
      }
    }
  };

  const error = await produce(source(), {
    ...producer,
    ordered: true,
    // What is put back may be an aggregate already.
    aggregate: false,
    maxPending: MAX_PENDING,
    onOutcome,
    stopSource: () => halt.abort(),
    signal: stop,
  });
  // What the producer gave up in the middle of an entry.
  const unfinished = new Set(underWay.values());
  for (const { chosen } of unfinished) books.get(chosen.place)!.leave('unsent', error ?? new Error('stopped'), 1);
  for (const { remover } of books.values()) await remover.end();
  return { counts: allCounts(), left, seconds: (producer.now() - started) / 1000, ...(error ? { error } : {}) };
};
