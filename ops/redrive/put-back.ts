import { setMaxListeners } from 'node:events';
import { Producer, type ProducerOptions } from '../../client/producer/producer.ts';
import type { Outcome } from '../../client/producer/settlement.ts';
import type { Source } from '../../client/sources/source.ts';
import type { Clock } from '../../core/clock.ts';
import { defined } from '../../core/defined.ts';
import type { SourceEvent } from '../../core/source-event.ts';
import { Remover } from './remover.ts';
import { type SelectedEntry, type SelectOptions, selectEntries } from './select-entries.ts';
import type { SetAsideStore } from './set-aside.ts';

/** Counts of one store. Records are put back; entries are removed or left, and one entry may hold many records. */
export interface StoreCounts {
  putBack: number;
  removed: number;
  left: number;
}

/** Entries that were left for the same cause. */
export interface Left {
  store: SetAsideStore;
  /** `unsent`: not put back. `unremoved`: put back, and still where it was. */
  kind: 'unsent' | 'unremoved';
  error: Error;
  entries: number;
}

type Producing = Omit<ProducerOptions, 'onOutcome' | 'stopSource' | 'signal' | 'clock' | 'recordLimit'>;

export interface PutBackOptions extends Omit<SelectOptions, 'isClosed' | 'signal' | 'clock'> {
  producer: Producing;
  /** Durations: only differences matter. */
  clock: Clock;
  /** Dates: milliseconds since 1970. */
  calendar: Pick<Clock, 'now'>;
  /** Records a second, at most. */
  rate?: number;
  /** Reads no more; what was read is still put back and removed. */
  drain: AbortSignal;
  /** Gives up at once. */
  stop: AbortSignal;
  /** Called whenever a count has changed. */
  onProgress?: (counts: readonly StoreCounts[]) => void;
}

export interface PutBack {
  /** In the order of the stores. */
  counts: StoreCounts[];
  left: Left[];
  seconds: number;
  /** For what the producer gave up. */
  error?: Error;
  /** Whether it ended before it had read everything that was asked for. */
  isCutShort: boolean;
}

/** What is on its way at the most. After a kill that much is put back twice. */
const MAX_PENDING = { events: 2_000, bytes: 20 * 1024 * 1024 };

/**
 * Puts entries back on the stream, and removes each once Kinesis acknowledged all of its events. It may be killed at any
 * point: what was not removed is put back again by the next run, and a row overwrites itself.
 */
export const putBack = async (options: PutBackOptions): Promise<PutBack> => {
  const { producer, clock, drain, stop } = options;
  // Every call in flight listens to it, and Node takes more than ten listeners for a leak.
  setMaxListeners(0, stop);
  const halt = new AbortController();
  const signal = AbortSignal.any([drain, stop, halt.signal]);
  const pace = paceOf(options.rate, clock);
  const started = clock.now();
  const { tracked, left, allCounts, progress } = trackStores(options);

  const onBadEntry: SelectOptions['onBadEntry'] = (store, error) => {
    tracked.get(store)!.counts.left += 1;
    options.onBadEntry(store, error);
  };
  /** For each event on its way, the entry that waits for it. */
  const underWay = new Map<SourceEvent, { selected: SelectedEntry; unsettled: number; error?: Error }>();
  const onOutcome = (outcome: Outcome): void => {
    const task = underWay.get(outcome.event)!;
    underWay.delete(outcome.event);
    task.unsettled -= 1;
    const { store, entry } = task.selected;
    const { counts, leave, remover } = tracked.get(store)!;
    if (outcome.status === 'sent') counts.putBack += 1;
    else task.error ??= outcome.error;
    if (task.unsettled > 0) return;
    if (!task.error) remover.add(entry.name);
    else leave('unsent', task.error, 1);
    progress();
  };
  let isCutShort = true;
  const source = async function* (): Source & AsyncGenerator<SourceEvent[]> {
    const closed = new Set<SetAsideStore>();
    const isClosed = (store: SetAsideStore): boolean => {
      if (tracked.get(store)!.remover.error) closed.add(store);
      return closed.has(store);
    };
    for await (const selected of selectEntries({ ...options, clock: options.calendar, signal, isClosed, onBadEntry })) {
      await tracked.get(selected.store)!.remover.ready();
      const task = { selected, unsettled: selected.events.length };
      for (const event of selected.events) underWay.set(event, task);
      for (const event of selected.events) {
        await pace(signal);
        yield [event];
        // The producer gave up: it would only fail the rest.
        if (halt.signal.aborted) return;
      }
    }
    isCutShort = signal.aborted || closed.size > 0;
  };

  const error = await new Producer({
    ...producer,
    ...defined({ recordLimit: options.recordLimit }),
    clock,
    ordered: true,
    // What is put back may be an aggregate already.
    aggregate: false,
    maxPending: MAX_PENDING,
    onOutcome,
    stopSource: () => halt.abort(),
    signal: stop,
  }).run(source());
  // What the producer gave up in the middle of an entry.
  const unfinished = new Set(underWay.values());
  for (const { selected } of unfinished) tracked.get(selected.store)!.leave('unsent', error ?? new Error('stopped'), 1);
  for (const { remover } of tracked.values()) await remover.end();
  return { counts: allCounts(), left, seconds: (clock.now() - started) / 1000, isCutShort, ...defined({ error }) };
};

/** Counts what becomes of the entries of each store, and removes those that are back on the stream. */
const trackStores = ({ stores, clock, stop, onProgress = () => {} }: PutBackOptions) => {
  const left: Left[] = [];
  const track = (store: SetAsideStore) => {
    const counts: StoreCounts = { putBack: 0, removed: 0, left: 0 };
    const leave = (kind: Left['kind'], error: Error, entries: number): void => {
      counts.left += entries;
      const same = left.find((one) => one.store === store && one.kind === kind && one.error.name === error.name);
      if (same) same.entries += entries;
      else left.push({ store, kind, error, entries });
    };
    const remover = new Remover({
      store,
      clock,
      signal: stop,
      onRemoved: (names) => {
        counts.removed += names.length;
        progress();
      },
      onFailed: (names, error) => leave('unremoved', error, names.length),
    });
    return { counts, leave, remover };
  };
  const tracked = new Map(stores.map((store) => [store, track(store)]));
  const allCounts = (): StoreCounts[] => [...tracked.values()].map(({ counts }) => counts);
  const progress = (): void => onProgress(allCounts());
  return { tracked, left, allCounts, progress };
};

/** Waits before each event, so that no more than `rate` of them pass in a second. Without a rate it never waits. */
const paceOf = (
  rate: number | undefined,
  { now, sleep }: Pick<Clock, 'now' | 'sleep'>,
): ((signal: AbortSignal) => Promise<void>) => {
  if (rate === undefined) return async () => {};
  let due = Number.NEGATIVE_INFINITY;
  return async (signal) => {
    // Time that was lost while Kinesis was slow is not made up for.
    due = Math.max(due, now());
    // A timer is no finer than a millisecond: above a thousand a second several events pass at once.
    if (due - now() >= 1) await sleep(due - now(), signal);
    due += 1000 / rate;
  };
};
