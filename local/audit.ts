import { type EventData, keyOf } from '../core/event-data.ts';
import type { Processor } from '../core/processor.ts';
import type { SourceEvent } from '../core/source-event.ts';
import { expectedOf, type Fate } from './expected.ts';

/** Where the events of a run have ended up, before there are any. Each counts once in one of the last eight. */
export const NOTHING = {
  /** Events that Kinesis took. Those of an envelope count one by one. */
  events: 0,
  /** Rows of EventData that hold them. */
  rows: 0,
  /** Rows that their events make beyond one each. */
  derived: 0,
  /** Events of which the processor made different rows when it was called again. */
  unsteady: 0,
  /** Events with a row in EventData. */
  written: 0,
  /** Events whose rows were replaced by those of later events. */
  superseded: 0,
  /** Events that came after a newer one of the same key, where the processor keeps the newest. */
  stale: 0,
  /** Events that the processor dropped, and messages of an envelope's own. */
  dropped: 0,
  /** Events in RejectedEvents. */
  rejected: 0,
  /** Events that the mapping's filter dropped. */
  filtered: 0,
  /** Events in failed batches. */
  kept: 0,
  /** Events that Kinesis took and that are not where they have to be, and those that the mapping has not finished with. */
  unwritten: 0,
};

export type Audit = typeof NOTHING;

type Outcome = Exclude<keyof Audit, 'events' | 'rows' | 'derived' | 'unsteady'>;

/** What the tables and the folder of failed batches hold. */
export interface Found {
  /** The rows of EventData by their keys. */
  rows: ReadonlyMap<string, Pick<EventData, 'Timestamp'>>;
  /** Ids of RejectedEvents. */
  rejected: ReadonlySet<string>;
  /** Ids of the records in failed batches. */
  kept?: ReadonlySet<string>;
  /** Whether there are events that the client has given up. Kinesis may have taken them all the same. @default false */
  hasFailed?: boolean;
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
 * the processor that the function runs. It does not call it for an event that the mapping has not finished with: the processor
 * may never return. An event in a failed batch counts as kept, even where the function wrote it before it failed, since the batch is
 * redriven whole.
 */
export const auditOf = (
  sent: Iterable<SentRecord>,
  { rows, rejected, kept = new Set(), hasFailed = false }: Found,
  processor: Processor,
): Audit => {
  const audit: Audit = { ...NOTHING };
  const outcomes: { kind: Outcome; made: number }[] = [];
  const versions = new Map<string, Version[]>();
  /** The keys of rows that a rejected event may have written before another row of it was refused, and of those that are not steady. */
  const uncertain = new Set<string>();
  const records = [...sent].sort(bySequenceNumber);
  const isComplete = !hasFailed && kept.size === 0 && records.every(({ arrivedAt }) => arrivedAt);
  for (const record of records) {
    const known = outcomeOfRecord(record, kept);
    const { partitionKey } = record.events[0]!;
    for (const expected of expectedOf(record.events, record.arrivedAt ?? new Date(0), processor)) {
      if (known) {
        outcomes.push({ kind: known, made: 0 });
        continue;
      }
      const { index, fate, isSteady } = expected;
      if (!isSteady) audit.unsteady += 1;
      const id = index === undefined ? record.id : `${record.id}:${index}`;
      const made = 'rows' in fate ? fate.rows : [];
      const event = { kind: outcomeOf([record.id, id], fate, rejected), made: made.length };
      outcomes.push(event);
      if (event.kind === 'rejected' || !isSteady) for (const row of made) uncertain.add(keyOf(row));
      if (event.kind !== 'superseded') continue;
      for (const row of made) {
        const key = keyOf(row);
        const version = { time: row.Timestamp, partitionKey, event };
        const others = versions.get(key);
        if (others) others.push(version);
        else versions.set(key, [version]);
      }
    }
  }
  for (const [key, all] of versions) {
    const found = rows.get(key)?.Timestamp;
    if (found === undefined) for (const { event } of all) note(event, 'unwritten');
    else {
      audit.rows += 1;
      if (processor.newest) settleNewest(all, found);
      else if (!isComplete || uncertain.has(key)) note(all.at(-1)!.event, 'written');
      else if (all.some(({ time }) => time === found)) settleLast(all, found);
      else {
        // Nothing but the function writes here: the processor made other rows in it than now.
        note(all.at(-1)!.event, 'written');
        audit.unsteady += 1;
      }
    }
  }
  audit.events = outcomes.length;
  for (const { kind, made } of outcomes) {
    audit[kind] += 1;
    if (kind === 'written' || kind === 'superseded' || kind === 'stale') audit.derived += made - 1;
  }
  return audit;
};

/** A row that an event makes. Later events may make later versions of the same row. */
interface Version {
  time: string;
  /** Of its record: that of the first event in it. Kinesis and the mapping keep the records of a partition key in order. */
  partitionKey: string;
  event: { kind: Outcome };
}

/** From the least grave to the gravest: an event of several rows has the outcome of the one that fared worst. */
const FATES: readonly Outcome[] = ['superseded', 'stale', 'written', 'unwritten'];

const note = (event: Version['event'], kind: Outcome): void => {
  if (FATES.indexOf(kind) > FATES.indexOf(event.kind)) event.kind = kind;
};

/** Notes which version of a row stands where the newest does. @param found the time of the row in the table */
const settleNewest = (versions: readonly Version[], found: string): void => {
  const standing = versions.findLast(({ time }) => time === found);
  let newest = '';
  for (const version of versions) {
    if (version.time > found) note(version.event, 'unwritten');
    else if (version === standing) note(version.event, 'written');
    else if (version.time < newest) note(version.event, 'stale');
    if (version.time > newest) newest = version.time;
  }
};

/**
 * Notes which version of a row stands where the last one written does. That is the last one of a partition key: a batch that is
 * delivered again is delivered up to its end, and so writes the last version again too. Which partition key comes last is not fixed.
 *
 * @param found the time of the row in the table, which is that of a version
 */
const settleLast = (versions: readonly Version[], found: string): void => {
  const lasts = [...new Map(versions.map((version) => [version.partitionKey, version])).values()];
  const isFound = ({ time }: Version): boolean => time === found;
  const standing = lasts.findLast(isFound) ?? versions.findLast(isFound)!;
  note(standing.event, 'written');
  for (const { partitionKey, event } of versions.slice(versions.indexOf(standing) + 1))
    if (partitionKey === standing.partitionKey) note(event, 'unwritten');
};

/** What became of all events of a record, where it needs no look at them. */
const outcomeOfRecord = ({ id, arrivedAt, isFiltered }: SentRecord, kept: Found['rejected']): Outcome | undefined => {
  if (isFiltered) return 'filtered';
  if (kept.has(id)) return 'kept';
  return arrivedAt ? undefined : 'unwritten';
};

/**
 * What became of an event as far as it needs no look at the rows. `superseded` is what the rows may yet better.
 *
 * @param ids of its record, which is rejected whole where it cannot be opened, and its own
 */
const outcomeOf = (ids: readonly string[], fate: Fate, rejected: Found['rejected']): Outcome => {
  if (ids.some((id) => rejected.has(id))) return 'rejected';
  if (!('rows' in fate)) return 'unwritten';
  return fate.rows.length === 0 ? 'dropped' : 'superseded';
};

/** The order in which Kinesis took them, exact within a shard. Sequence numbers have more digits than a number is exact to. */
const bySequenceNumber = (a: SentRecord, b: SentRecord): number => {
  const [left, right] = [a, b].map(({ id }) => id.slice(id.lastIndexOf(':') + 1)) as [string, string];
  if (left.length !== right.length) return left.length - right.length;
  return left < right ? -1 : left > right ? 1 : 0;
};
