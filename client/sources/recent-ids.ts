/** The last ids of a stream, so many and no more. */
export class RecentIds {
  readonly #capacity: number;
  /** A Set iterates in the order of insertion, the oldest first. */
  readonly #ids = new Set<string>();

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** Remembers an id. @returns whether it was new */
  add(id: string): boolean {
    if (this.#ids.has(id)) return false;
    this.#ids.add(id);
    const [oldest] = this.#ids;
    if (oldest !== undefined && this.#ids.size > this.#capacity) this.#ids.delete(oldest);
    return true;
  }
}
