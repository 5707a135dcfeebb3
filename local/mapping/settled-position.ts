/**
 * How far a shard is settled without a gap. Records are not settled in the order of reading where several batches are under way
 * at once, or where a filter drops some.
 */
export class SettledPosition {
  /** In the order of reading. Those before `#next` are settled. */
  #read: string[] = [];
  #next = 0;
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
    for (let next = this.#read[this.#next]; next !== undefined && this.#settled.delete(next); ) {
      last = next;
      this.#next += 1;
      next = this.#read[this.#next];
    }
    if (this.#next > 1_000) {
      this.#read = this.#read.slice(this.#next);
      this.#next = 0;
    }
    return last;
  }
}
