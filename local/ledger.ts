import type { Outcome } from '../client/producer/producer.ts';
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
  /** Events in failed batches. */
  kept: number;
  /** Events that Kinesis took and that are nowhere. */
  unwritten: number;
}

interface Entry {
  readAt: number;
  /** Keys of its rows: one, or several where it is an envelope. Undefined where it is not an event. */
  keys: readonly string[] | undefined;
}

/**
 * Follows every event from the source to the tables, by the identity that Kinesis gave its record, `shard:sequence number`, and
 * its place in that record, which may hold several. What it reports at the end is what the tables hold, not what anybody said
 * of them.
 */
export class Ledger {
  readonly #now: () => number;
  readonly #readAt = new Map<SourceEvent, number>();
  /** For each record, its events in the order in which they lie in it. */
  readonly #sent = new Map<string, Entry[]>();
  #taken = 0;
  /** When a record was settled, which may be before the producer heard that it was taken. */
  readonly #settledAt = new Map<string, number>();
  #settled = 0;
  #onSettled = () => {};
  /** From the source to the table, for each event. Milliseconds. */
  readonly latencies: number[] = [];

  /** @param now milliseconds, monotonic */
  constructor(now: () => number) {
    this.#now = now;
  }

  read(event: SourceEvent): void {
    this.#readAt.set(event, this.#now());
  }

  /** The events of one record have to come in the order in which they lie in it. */
  outcome(outcome: Outcome): void {
    const readAt = this.#readAt.get(outcome.event) ?? this.#now();
    this.#readAt.delete(outcome.event);
    if (outcome.status === 'failed') return;
    const id = `${outcome.shardId}:${outcome.sequenceNumber}`;
    const entry = { readAt, keys: keysOf(outcome.event) };
    const others = this.#sent.get(id);
    if (others) others.push(entry);
    else this.#sent.set(id, [entry]);
    this.#taken += 1;
    const settledAt = this.#settledAt.get(id);
    if (settledAt !== undefined) this.#settle(settledAt - readAt);
  }

  /** @param ids of records, with all of their events */
  settled(ids: readonly string[]): void {
    const at = this.#now();
    for (const id of ids) {
      this.#settledAt.set(id, at);
      for (const { readAt } of this.#sent.get(id) ?? []) this.#settle(at - readAt);
    }
  }

  /** Events that Kinesis took and that the mapping has not finished with. */
  get outstanding(): number {
    return this.#taken - this.#settled;
  }

  /** Resolves once nothing is outstanding; rejects when the signal is aborted or nothing has moved for so long. */
  async drained(signal: AbortSignal, stallMs: number): Promise<void> {
    while (this.outstanding > 0) {
      await new Promise<void>((resolve, reject) => {
        const fail = (message: string) => () => {
          finish();
          const events = this.outstanding === 1 ? '1 event is' : `${this.outstanding} events are`;
          reject(new Error(`${message} ${events} in no table yet`));
        };
        const onAbort = fail('stopped while');
        const timer = setTimeout(fail(`nothing has moved for ${stallMs / 1000} s, and`), stallMs);
        const finish = () => {
          clearTimeout(timer);
          signal.removeEventListener('abort', onAbort);
          this.#onSettled = () => {};
        };
        this.#onSettled = () => {
          finish();
          resolve();
        };
        if (signal.aborted) onAbort();
        else signal.addEventListener('abort', onAbort);
      });
    }
  }

  /**
   * Compares what was sent with what the tables and the failed batches hold: keys of rows, the Ids of rejected events, and the ids
   * of kept records. Each event counts once. One in a failed batch counts as kept, even where the function wrote it before it
   * failed, since the batch is put back whole.
   */
  audit(rows: ReadonlySet<string>, rejected: ReadonlySet<string>, kept: ReadonlySet<string> = new Set()): Audit {
    const audit: Audit = { written: 0, rows: 0, rejected: 0, kept: 0, unwritten: 0 };
    const found = new Set<string>();
    for (const [id, entries] of this.#sent)
      for (const [index, { keys }] of entries.entries()) {
        if (kept.has(id)) audit.kept += 1;
        // A record is rejected whole where it cannot be unpacked.
        else if (rejected.has(id) || rejected.has(`${id}:${index}`)) audit.rejected += 1;
        else if (keys?.every((key) => rows.has(key))) {
          audit.written += 1;
          for (const key of keys) found.add(key);
        } else audit.unwritten += 1;
      }
    return { ...audit, rows: found.size };
  }

  #settle(latency: number): void {
    this.#settled += 1;
    this.latencies.push(latency);
    this.#onSettled();
  }
}

const keysOf = ({ data, partitionKey }: SourceEvent): string[] | undefined => {
  try {
    const { events } = openRecord(data);
    return events.map((event) => keyOf(decodeEvent(event, { at: new Date(0), partitionKey })));
  } catch {
    return undefined;
  }
};

/** The value below which that share of the values lies. @param share from 0 to 1 */
export const percentile = (values: readonly number[], share: number): number => {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
};
