import { Fifo } from '../../core/fifo.ts';

/**
 * How far a shard is settled without a gap. Records are not settled in the order of reading where several batches are under way
 * at once, or where a filter drops some.
 */
export class SettledPosition {
  /** In the order of reading, from the first gap on. */
  readonly #read = new Fifo<string>();
  /** Beyond the gap. */
  readonly #settled = new Set<string>();

  /** Notes the sequence number of a record that was read. */
  read(sequenceNumber: string): void {
    this.#read.push(sequenceNumber);
  }

  settle(sequenceNumber: string): void {
    this.#settled.add(sequenceNumber);
  }

  /** @returns the sequence number of the last record before the first gap; undefined where the position has not moved */
  advance(): string | undefined {
    let last: string | undefined;
    while (this.#read.first !== undefined && this.#settled.delete(this.#read.first)) last = this.#read.shift();
    return last;
  }
}
