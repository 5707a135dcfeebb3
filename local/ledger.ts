import { count } from '../cli/numbers.ts';
import type { Outcome } from '../client/producer/settlement.ts';
import { appendTo } from '../core/append-to.ts';
import type { Clock } from '../core/clock.ts';
import type { Processor } from '../core/processor.ts';
import type { SourceEvent } from '../core/source-event.ts';
import { type Audit, auditOf, type Found, type SentRecord } from './audit.ts';
import type { SettledRecord } from './runner.ts';
import { StallWatch } from './stall-watch.ts';

/**
 * Follows every event from the source to the tables. It knows an event by the identity that Kinesis gave its record,
 * `shard:sequence number`, and by its place in that record, which may hold several. Its final report is what the tables hold,
 * not what other parts have counted.
 */
export class Ledger {
  readonly #clock: Clock;
  readonly #processor: Processor;
  readonly #readAt = new Map<SourceEvent, number>();
  /** For each record, its events in the order in which they lie in it. */
  readonly #sent = new Map<string, { event: SourceEvent; readAt: number }[]>();
  #taken = 0;
  #hasFailed = false;
  /** When a record was settled, which may be before the producer's outcome comes. */
  readonly #settledAt = new Map<string, { at: number; arrivedAt: Date }>();
  readonly #filtered = new Set<string>();
  #settled = 0;
  #isStuck = false;
  /** Who waits for events to be settled: at first the client, then the end of the run. */
  #waiting: { isOver: () => boolean; end: () => void; watch: StallWatch } | undefined;
  /** From the source to the table, for each event that was not filtered out. Milliseconds. */
  readonly latencies: number[] = [];

  /**
   * @param clock monotonic
   * @param processor the one that the function runs
   */
  constructor(clock: Clock, processor: Processor) {
    this.#clock = clock;
    this.#processor = processor;
  }

  read(event: SourceEvent): void {
    this.#readAt.set(event, this.#clock.now());
  }

  /** The events of one record have to come in the order in which they lie in it. */
  outcome(outcome: Outcome): void {
    const readAt = this.#readAt.get(outcome.event) ?? this.#clock.now();
    this.#readAt.delete(outcome.event);
    if (outcome.status === 'failed') {
      this.#hasFailed = true;
      this.#moved();
      return;
    }
    const id = `${outcome.shardId}:${outcome.sequenceNumber}`;
    appendTo(this.#sent, id, { event: outcome.event, readAt });
    this.#taken += 1;
    const settled = this.#settledAt.get(id);
    if (settled) this.#settle(id, settled.at - readAt);
  }

  /** The mapping's filter dropped this record. Call it before the record is settled. */
  filtered(id: string): void {
    this.#filtered.add(id);
  }

  /** The mapping has finished with these records and all of their events. */
  settled(records: readonly SettledRecord[]): void {
    const at = this.#clock.now();
    for (const { id, arrivedAt } of records) {
      this.#settledAt.set(id, { at, arrivedAt: new Date(arrivedAt) });
      for (const { readAt } of this.#sent.get(id) ?? []) this.#settle(id, at - readAt);
    }
  }

  /** Events that Kinesis took and that the mapping has not finished with. */
  get outstanding(): number {
    return this.#taken - this.#settled;
  }

  /**
   * Resolves once fewer events are under way from the source to the tables, or the signal is aborted. Where nothing is settled for too
   * long it never waits again: what is stuck then is seen at the end.
   *
   * @param below how many
   * @param stallMs how long nothing may be settled
   */
  async room(below: number, signal: AbortSignal, stallMs: number): Promise<void> {
    if (this.#isStuck) return;
    const why = await this.#wait(() => this.#readAt.size + this.outstanding < below, signal, stallMs);
    this.#isStuck = why !== undefined && !signal.aborted;
  }

  /**
   * Resolves once nothing is outstanding.
   *
   * @param stallMs how long nothing may be settled
   * @throws where the signal is aborted, or nothing was settled for that long
   */
  async drained(signal: AbortSignal, stallMs: number): Promise<void> {
    const why = await this.#wait(() => this.outstanding === 0, signal, stallMs);
    if (why === undefined || this.outstanding === 0) return;
    const { outstanding } = this;
    throw new Error(`${why} ${count(outstanding, 'event')} ${outstanding === 1 ? 'is' : 'are'} in no table yet`);
  }

  /** Where every event is that Kinesis took. */
  audit(found: Omit<Found, 'hasFailed'>): Audit {
    return auditOf(this.#records(), { ...found, hasFailed: this.#hasFailed }, this.#processor);
  }

  *#records(): Generator<SentRecord> {
    for (const [id, entries] of this.#sent)
      yield {
        id,
        events: entries.map(({ event }) => event),
        arrivedAt: this.#settledAt.get(id)?.arrivedAt,
        isFiltered: this.#filtered.has(id),
      };
  }

  #settle(id: string, latency: number): void {
    this.#settled += 1;
    if (!this.#filtered.has(id)) this.latencies.push(latency);
    this.#moved();
  }

  /** @returns why it is over before that is so */
  async #wait(isOver: () => boolean, signal: AbortSignal, stallMs: number): Promise<string | undefined> {
    if (isOver()) return undefined;
    const watch = new StallWatch(this.#clock, stallMs);
    const over = new Promise<void>((end) => {
      this.#waiting = { isOver, end, watch };
    });
    const why = await watch.wait(over, signal);
    this.#waiting = undefined;
    return why;
  }

  #moved(): void {
    this.#waiting?.watch.moved();
    if (this.#waiting?.isOver()) this.#waiting.end();
  }
}
