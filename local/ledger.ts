import type { Outcome } from '../client/producer/producer.ts';
import type { Clock } from '../core/clock.ts';
import { decodeEvent } from '../core/decode.ts';
import { openRecord } from '../core/envelopes/index.ts';
import { keyOf } from '../core/event-data.ts';
import type { SourceEvent } from '../core/source-event.ts';

/** Where every event of a run has ended up. */
export interface Audit {
  /** Events whose row is in EventData. */
  written: number;
  /** Rows of EventData that they share: an event that came twice has one. */
  rows: number;
  /** Events in RejectedEvents. */
  rejected: number;
  /** Events that the mapping's filter dropped. */
  filtered: number;
  /** Envelopes without an event in them. */
  dropped: number;
  /** Events in failed batches. */
  kept: number;
  /** Events that Kinesis took and that are nowhere. */
  unwritten: number;
}

/** What the tables and the folder of failed batches hold. */
export interface Found {
  /** Keys of the rows of EventData. */
  rows: ReadonlySet<string>;
  /** Ids of RejectedEvents. */
  rejected: ReadonlySet<string>;
  /** Ids of the records in failed batches. */
  kept?: ReadonlySet<string>;
}

interface Entry {
  readAt: number;
  /** Keys of the rows that it becomes, several where it is an envelope; undefined for what cannot be decoded. */
  keys: readonly (string | undefined)[];
  isEnvelope: boolean;
}

/**
 * Follows every event from the source to the tables. It knows an event by the identity that Kinesis gave its record,
 * `shard:sequence number`, and by its place in that record, which may hold several. Its final report is what the tables hold,
 * not what other parts have counted.
 */
export class Ledger {
  readonly #clock: Clock;
  readonly #readAt = new Map<SourceEvent, number>();
  /** For each record, its events in the order in which they lie in it. */
  readonly #sent = new Map<string, Entry[]>();
  #taken = 0;
  /** When a record was settled, which may be before the producer's outcome comes. */
  readonly #settledAt = new Map<string, number>();
  readonly #filtered = new Set<string>();
  #settled = 0;
  /** When an event was last settled. */
  #movedAt = 0;
  #onDrained = () => {};
  /** From the source to the table, for each event that was not filtered out. Milliseconds. */
  readonly latencies: number[] = [];

  /** @param clock monotonic */
  constructor(clock: Clock) {
    this.#clock = clock;
  }

  read(event: SourceEvent): void {
    this.#readAt.set(event, this.#clock.now());
  }

  /** The events of one record have to come in the order in which they lie in it. */
  outcome(outcome: Outcome): void {
    const readAt = this.#readAt.get(outcome.event) ?? this.#clock.now();
    this.#readAt.delete(outcome.event);
    if (outcome.status === 'failed') return;
    const id = `${outcome.shardId}:${outcome.sequenceNumber}`;
    const entry = { readAt, ...contentsOf(outcome.event) };
    const others = this.#sent.get(id);
    if (others) others.push(entry);
    else this.#sent.set(id, [entry]);
    this.#taken += 1;
    const settledAt = this.#settledAt.get(id);
    if (settledAt !== undefined) this.#settle(id, settledAt - readAt);
  }

  /** The mapping's filter dropped this record. Call it before the record is settled. */
  filtered(id: string): void {
    this.#filtered.add(id);
  }

  /** @param ids of records, with all of their events */
  settled(ids: readonly string[]): void {
    const at = this.#clock.now();
    for (const id of ids) {
      this.#settledAt.set(id, at);
      for (const { readAt } of this.#sent.get(id) ?? []) this.#settle(id, at - readAt);
    }
  }

  /** Events that Kinesis took and that the mapping has not finished with. */
  get outstanding(): number {
    return this.#taken - this.#settled;
  }

  /**
   * Resolves once nothing is outstanding.
   *
   * @param stallMs how long nothing may be settled
   * @throws where the signal is aborted, or nothing was settled for that long
   */
  async drained(signal: AbortSignal, stallMs: number): Promise<void> {
    if (this.outstanding === 0) return;
    const drained = new AbortController();
    const finished = new Promise<void>((resolve) => {
      this.#onDrained = resolve;
    });
    await Promise.race([finished, this.#stalled(stallMs, AbortSignal.any([signal, drained.signal]))]);
    drained.abort();
    if (this.outstanding === 0) return;
    const why = signal.aborted ? 'stopped while' : `nothing has moved for ${stallMs / 1000} s, and`;
    throw new Error(
      `${why} ${this.outstanding === 1 ? '1 event is' : `${this.outstanding} events are`} in no table yet`,
    );
  }

  /** Resolves when nothing was settled for so long, or when the signal is aborted. */
  async #stalled(stallMs: number, signal: AbortSignal): Promise<void> {
    this.#movedAt = this.#clock.now();
    for (let left = stallMs; left > 0 && !signal.aborted; left = this.#movedAt + stallMs - this.#clock.now())
      await this.#clock.sleep(left, signal);
  }

  /**
   * Compares what was sent with what the tables and the failed batches hold. Each event counts once. One in a failed batch
   * counts as kept, even where the function wrote it before it failed, since the batch is redriven whole. An envelope counts as
   * rejected where one of its events is, and as unwritten where one of them is nowhere.
   */
  audit({ rows, rejected, kept = new Set() }: Found): Audit {
    const audit: Audit = { written: 0, rows: 0, rejected: 0, filtered: 0, dropped: 0, kept: 0, unwritten: 0 };
    const found = new Set<string>();
    const outcomeOf = (id: string, index: number, entries: readonly Entry[]): Exclude<keyof Audit, 'rows'> => {
      const { keys, isEnvelope } = entries[index]!;
      const isAlone = entries.length === 1;
      if (this.#filtered.has(id)) return 'filtered';
      if (kept.has(id)) return 'kept';
      // A record that cannot be opened is rejected whole.
      if (rejected.has(id) || (!isAlone && rejected.has(`${id}:${index}`))) return 'rejected';
      if (keys.length === 0) return 'dropped';
      const isRejected = keys.map((_, place) => isAlone && isEnvelope && rejected.has(`${id}:${place}`));
      const stored = keys.filter((key): key is string => key !== undefined && rows.has(key));
      for (const key of stored) found.add(key);
      if (stored.length + isRejected.filter(Boolean).length < keys.length) return 'unwritten';
      return isRejected.includes(true) ? 'rejected' : 'written';
    };
    for (const [id, entries] of this.#sent)
      for (const index of entries.keys()) audit[outcomeOf(id, index, entries)] += 1;
    return { ...audit, rows: found.size };
  }

  #settle(id: string, latency: number): void {
    this.#settled += 1;
    this.#movedAt = this.#clock.now();
    if (!this.#filtered.has(id)) this.latencies.push(latency);
    if (this.outstanding === 0) this.#onDrained();
  }
}

/** What the function makes of an event. */
const contentsOf = ({ data, partitionKey }: SourceEvent): Pick<Entry, 'keys' | 'isEnvelope'> => {
  const keyOrNothing = (event: Parameters<typeof decodeEvent>[0]): string | undefined => {
    try {
      return keyOf(decodeEvent(event, { at: new Date(0), partitionKey }));
    } catch {
      return undefined;
    }
  };
  try {
    const { events, isSingle } = openRecord(data);
    return { keys: events.map(keyOrNothing), isEnvelope: !isSingle };
  } catch {
    return { keys: [undefined], isEnvelope: false };
  }
};

/** The value below which that share of the values lies. @param share from 0 to 1 */
export const percentile = (values: readonly number[], share: number): number => {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
};
