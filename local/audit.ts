import { type EventData, keyOf } from '../core/event-data.ts';
import type { Processor } from '../core/processor.ts';
import type { SourceEvent } from '../core/source-event.ts';
import { expectedOf } from './expected.ts';

/** Where every event of a run has ended up. Each counts once in one of the last eight. */
export interface Audit {
  /** Events that Kinesis took. Those of an envelope count one by one. */
  events: number;
  /** Rows of EventData that hold them. */
  rows: number;
  /** Rows that their events make beyond one each. */
  derived: number;
  /** Events of which the processor made different rows when it was called again. */
  unsteady: number;
  /** Events with a row in EventData. */
  written: number;
  /** Events whose rows were replaced by those of later events. */
  superseded: number;
  /** Events that came after a newer one of the same key, where the processor keeps the newest. */
  stale: number;
  /** Events that the processor dropped, and messages of an envelope's own. */
  dropped: number;
  /** Events in RejectedEvents. */
  rejected: number;
  /** Events that the mapping's filter dropped. */
  filtered: number;
  /** Events in failed batches. */
  kept: number;
  /** Events that Kinesis took and that are not where they have to be. */
  unwritten: number;
}

type Outcome = Exclude<keyof Audit, 'events' | 'rows' | 'derived' | 'unsteady'>;

/** What the tables and the folder of failed batches hold. */
export interface Found {
  /** The rows of EventData by their keys. */
  rows: ReadonlyMap<string, Pick<EventData, 'Timestamp'>>;
  /** Ids of RejectedEvents. */
  rejected: ReadonlySet<string>;
  /** Ids of the records in failed batches. */
  kept?: ReadonlySet<string>;
}

/** A record that Kinesis took. */
export interface SentRecord {
  /** `shard:sequence number`. */
  id: string;
  /** In the order in which they lie in it. */
  events: readonly SourceEvent[];
  /** Undefined where the mapping has not finished with it. */
  arrivedAt: Date | undefined;
  isFiltered: boolean;
}

/**
 * Compares what was sent with what the tables and the failed batches hold. It computes the rows that have to be there itself, with
 * the processor that the function runs. An event in a failed batch counts as kept, even where the function wrote it before it
 * failed, since the batch is redriven whole.
 */
export const auditOf = (
  sent: Iterable<SentRecord>,
  { rows, rejected, kept = new Set() }: Found,
  processor: Processor,
): Audit => {
  const audit: Audit = { ...NOTHING };
  const outcomes: { kind: Outcome; made: number }[] = [];
  const versions = new Map<string, Version[]>();
  for (const record of [...sent].sort(bySequenceNumber))
    for (const { index, fate, isSteady } of expectedOf(record.events, record.arrivedAt ?? new Date(0), processor)) {
      if (!isSteady) audit.unsteady += 1;
      const id = index === undefined ? record.id : `${record.id}:${index}`;
      const expected = 'rows' in fate ? fate.rows : undefined;
      const event = { kind: outcomeOf(id, record, expected, { rejected, kept }), made: expected?.length ?? 0 };
      outcomes.push(event);
      if (event.kind !== 'superseded') continue;
      for (const row of expected ?? []) {
        const key = keyOf(row);
        const version = { time: row.Timestamp, event };
        const others = versions.get(key);
        if (others) others.push(version);
        else versions.set(key, [version]);
      }
    }
  for (const [key, all] of versions) {
    const found = rows.get(key);
    if (found) audit.rows += 1;
    settle(all, found?.Timestamp, processor.newest ?? false);
  }
  audit.events = outcomes.length;
  for (const { kind, made } of outcomes) {
    audit[kind] += 1;
    if (kind === 'written' || kind === 'superseded' || kind === 'stale') audit.derived += made - 1;
  }
  return audit;
};

const NOTHING: Audit = {
  events: 0,
  rows: 0,
  derived: 0,
  unsteady: 0,
  written: 0,
  superseded: 0,
  stale: 0,
  dropped: 0,
  rejected: 0,
  filtered: 0,
  kept: 0,
  unwritten: 0,
};

/** A row that an event makes. Later events may make later versions of the same row. */
interface Version {
  time: string;
  event: { kind: Outcome };
}

/** From the least grave to the gravest: an event of several rows has the outcome of the one that fared worst. */
const FATES: readonly Outcome[] = ['superseded', 'stale', 'written', 'unwritten'];

const note = (event: Version['event'], kind: Outcome): void => {
  if (FATES.indexOf(kind) > FATES.indexOf(event.kind)) event.kind = kind;
};

/** Notes which version of a row stands. @param found the time of the row in the table */
const settle = (versions: readonly Version[], found: string | undefined, isNewestKept: boolean): void => {
  const isMissing = ({ time }: Version): boolean => found === undefined || (isNewestKept && time > found);
  const standing = versions.findLast((version) => !isMissing(version) && (!isNewestKept || version.time === found));
  let newest = '';
  for (const version of versions) {
    if (isMissing(version)) note(version.event, 'unwritten');
    else if (version === standing) note(version.event, 'written');
    else if (isNewestKept && version.time < newest) note(version.event, 'stale');
    if (version.time > newest) newest = version.time;
  }
};

/** What became of an event as far as it needs no look at the rows. `superseded` is what the rows may yet better. */
const outcomeOf = (
  id: string,
  record: SentRecord,
  rows: readonly EventData[] | undefined,
  { rejected, kept }: Required<Pick<Found, 'rejected' | 'kept'>>,
): Outcome => {
  if (record.isFiltered) return 'filtered';
  if (kept.has(record.id)) return 'kept';
  // A record that cannot be opened is rejected whole.
  if (rejected.has(record.id) || rejected.has(id)) return 'rejected';
  if (!rows) return 'unwritten';
  return rows.length === 0 ? 'dropped' : 'superseded';
};

/** The order in which Kinesis took them, exact within a shard. Sequence numbers have more digits than a number is exact to. */
const bySequenceNumber = (a: SentRecord, b: SentRecord): number => {
  const [left, right] = [a, b].map(({ id }) => id.slice(id.lastIndexOf(':') + 1)) as [string, string];
  if (left.length !== right.length) return left.length - right.length;
  return left < right ? -1 : left > right ? 1 : 0;
};
