import { appendTo } from '../core/append-to.ts';
import { type EventData, keyOf } from '../core/event-data.ts';
import type { Processor } from '../core/processor.ts';
import type { SourceEvent } from '../core/source-event.ts';
import { type ExpectedEvent, expectedOf, type Fate } from './expected.ts';

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
export const auditOf = (sent: Iterable<SentRecord>, found: Found, processor: Processor): Audit => {
  const made = new MadeRows(found, processor);
  const records = [...sent].sort(bySequenceNumber);
  for (const record of records) made.add(record);
  const audit: Audit = { ...NOTHING, events: made.events.length, unsteady: made.unsteady };
  const isComplete = !found.hasFailed && !found.kept?.size && records.every(({ arrivedAt }) => arrivedAt);
  for (const [key, versions] of made.versions) {
    const time = found.rows.get(key)?.Timestamp;
    if (time === undefined) {
      noteAll(versions, 'unwritten');
      continue;
    }
    audit.rows += 1;
    if (processor.newest) settleNewest(versions, time);
    else if (!isComplete || made.uncertain.has(key)) note(versions.at(-1)!.event, 'written');
    else if (!settleLast(versions, time)) audit.unsteady += 1;
  }
  for (const { kind, rows } of made.events) {
    audit[kind] += 1;
    if (STORED.includes(kind)) audit.derived += rows - 1;
  }
  return audit;
};

/** An event, the number of its rows, and what became of it as far as that is known. */
interface MadeEvent {
  kind: Outcome;
  rows: number;
}

/** A row that an event makes. Later events may make later versions of the same row. */
interface Version {
  time: string;
  /** Of its record: that of the first event in it. Kinesis and the mapping keep the records of a partition key in order. */
  partitionKey: string;
  event: MadeEvent;
}

/** What the events of a run make. Their records are added in their order. */
class MadeRows {
  readonly #found: Found;
  readonly #processor: Processor;
  readonly events: MadeEvent[] = [];
  /** Events of which the processor made different rows when it was called again. */
  unsteady = 0;
  /** By the keys of rows. */
  readonly versions = new Map<string, Version[]>();
  /** The keys of rows that a rejected event may have written before another row of it was refused, and of those that are not steady. */
  readonly uncertain = new Set<string>();

  constructor(found: Found, processor: Processor) {
    this.#found = found;
    this.#processor = processor;
  }

  add(record: SentRecord): void {
    const known = outcomeOfRecord(record, this.#found);
    for (const expected of expectedOf(record.events, record.arrivedAt ?? new Date(0), this.#processor))
      if (known) this.events.push({ kind: known, rows: 0 });
      else this.#add(expected, record);
  }

  #add({ index, fate, isSteady }: ExpectedEvent, { id, events }: SentRecord): void {
    const ids = index === undefined ? [id] : [id, `${id}:${index}`];
    const rows = 'rows' in fate ? fate.rows : [];
    const event = { kind: outcomeOf(ids, fate, this.#found.rejected), rows: rows.length };
    this.events.push(event);
    if (!isSteady) this.unsteady += 1;
    for (const row of rows) {
      const key = keyOf(row);
      if (event.kind === 'rejected' || !isSteady) this.uncertain.add(key);
      const version = { time: row.Timestamp, partitionKey: events[0]!.partitionKey, event };
      if (event.kind === 'superseded') appendTo(this.versions, key, version);
    }
  }
}

/** The outcomes of an event whose rows the function has written. */
const STORED: readonly Outcome[] = ['superseded', 'stale', 'written'];

/** From the least grave to the gravest: an event of several rows has the outcome of the one that fared worst. */
const FATES: readonly Outcome[] = [...STORED, 'unwritten'];

const note = (event: MadeEvent, kind: Outcome): void => {
  if (FATES.indexOf(kind) > FATES.indexOf(event.kind)) event.kind = kind;
};

const noteAll = (versions: readonly Version[], kind: Outcome): void => {
  for (const { event } of versions) note(event, kind);
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
 * @param found the time of the row in the table
 * @returns false where no version has it. Nothing but the function writes here: the processor made other rows in it than now.
 */
const settleLast = (versions: readonly Version[], found: string): boolean => {
  const lasts = [...new Map(versions.map((version) => [version.partitionKey, version])).values()];
  const isFound = ({ time }: Version): boolean => time === found;
  const standing = lasts.findLast(isFound) ?? versions.findLast(isFound);
  note((standing ?? versions.at(-1)!).event, 'written');
  if (!standing) return false;
  for (const { partitionKey, event } of versions.slice(versions.indexOf(standing) + 1))
    if (partitionKey === standing.partitionKey) note(event, 'unwritten');
  return true;
};

/** What became of all events of a record, where it needs no look at them. */
const outcomeOfRecord = ({ id, arrivedAt, isFiltered }: SentRecord, { kept }: Found): Outcome | undefined => {
  if (isFiltered) return 'filtered';
  if (kept?.has(id)) return 'kept';
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
