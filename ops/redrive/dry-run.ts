import { defined } from '../../core/defined.ts';
import { type SelectOptions, selectEntries } from './select-entries.ts';
import type { SetAsideEntry, SetAsideStore } from './set-aside.ts';

/** What an entry tells of itself without its payload. */
type Sample = Pick<SetAsideEntry, 'name' | 'detail' | 'arrivedAt'>;

/** The entries of one store that have one reason. Times are ISO 8601. */
export interface ReasonCounts {
  store: SetAsideStore;
  reason: string;
  entries: number;
  records: number;
  /** The dates of the first and the last of them. */
  first: string;
  last: string;
  samples: Sample[];
}

export interface DryRunOptions extends Omit<SelectOptions, 'isClosed'> {
  /** Samples of each reason. */
  samples: number;
  /** Called with each entry that a run would put back. */
  onEntry?: (entry: SetAsideEntry) => void;
}

/** What a run would put back, by reason, the most first. It reads every payload, as the run would, and changes nothing. */
export const dryRun = async (options: DryRunOptions): Promise<ReasonCounts[]> => {
  const found = new Map<string, ReasonCounts>();
  for await (const { store, entry } of selectEntries({ ...options, isClosed: () => false })) {
    options.onEntry?.(entry);
    const { name, reason, detail, arrivedAt } = entry;
    const key = JSON.stringify([store.name, reason]);
    const at = new Date(entry.setAsideAt).toISOString();
    const counts = found.get(key) ?? { store, reason, entries: 0, records: 0, first: at, last: at, samples: [] };
    counts.entries += 1;
    counts.records += entry.size;
    if (at < counts.first) counts.first = at;
    if (at > counts.last) counts.last = at;
    if (counts.samples.length < options.samples) counts.samples.push({ name, detail, ...defined({ arrivedAt }) });
    found.set(key, counts);
  }
  const orderOf = ({ store }: ReasonCounts): number => options.stores.indexOf(store);
  return [...found.values()].sort((one, other) => orderOf(one) - orderOf(other) || other.entries - one.entries);
};
