import { type Choice, choose } from './choose.ts';
import type { Entry, Place } from './entry.ts';

/** What an entry tells of itself without its payload. */
export type Sample = Pick<Entry, 'name' | 'detail' | 'arrivedAt'>;

/** The entries of one place that have one reason. Times are ISO 8601. */
export interface ReasonCounts {
  place: Place;
  reason: string;
  entries: number;
  events: number;
  /** When the first and the last of them were set aside. */
  first: string;
  last: string;
  samples: Sample[];
}

export interface SurveyOptions extends Omit<Choice, 'isClosed'> {
  /** Samples of each reason. */
  samples: number;
}

/** What a run would put back, by reason, the most first. It reads every payload, as the run would, and changes nothing. */
export const survey = async (options: SurveyOptions): Promise<ReasonCounts[]> => {
  const found = new Map<string, ReasonCounts>();
  for await (const { place, entry } of choose({ ...options, isClosed: () => false })) {
    const { name, reason, detail, arrivedAt } = entry;
    const key = JSON.stringify([place.name, reason]);
    const at = new Date(entry.setAsideAt).toISOString();
    const counts = found.get(key) ?? { place, reason, entries: 0, events: 0, first: at, last: at, samples: [] };
    counts.entries += 1;
    counts.events += entry.size;
    if (at < counts.first) counts.first = at;
    if (at > counts.last) counts.last = at;
    if (counts.samples.length < options.samples)
      counts.samples.push({ name, detail, ...(arrivedAt === undefined ? {} : { arrivedAt }) });
    found.set(key, counts);
  }
  const orderOf = ({ place }: ReasonCounts): number => options.places.indexOf(place);
  return [...found.values()].sort((one, other) => orderOf(one) - orderOf(other) || other.entries - one.entries);
};
