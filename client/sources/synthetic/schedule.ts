/** How many times the rate a late source may reach while it catches up. */
const CATCH_UP = 2;

/**
 * When the next event may go: so many a second on average from the start on. After a delay the events follow at twice the rate,
 * the first of them in a burst of at most a second's worth: a load that is late is still the load that was asked for.
 */
export class Schedule {
  readonly #intervalMs: number;
  /** When the first event was due. Milliseconds of the clock; the times below count from here. */
  readonly #start: number;
  #taken = 0;
  /** When the next event is due at the catching-up rate (the generic cell rate algorithm). */
  #earliest = 0;

  /**
   * @param rate events a second, more than 0
   * @param now what a monotonic clock says, here and below
   */
  constructor(rate: number, now: number) {
    this.#intervalMs = 1_000 / rate;
    this.#start = now;
  }

  /** Milliseconds until the next event may go; 0 where it may go now. */
  waitAt(now: number): number {
    const passed = now - this.#start;
    // A multiple, since a sum of millions of parts would drift.
    const due = this.#taken * this.#intervalMs;
    return Math.max(0, due - passed, this.#earliest - this.#toleranceMs - passed);
  }

  /** An event went. */
  took(now: number): void {
    this.#taken += 1;
    this.#earliest = Math.max(this.#earliest, now - this.#start) + this.#intervalMs / CATCH_UP;
  }

  /** The lead over the catching-up rate that allows a burst of a second's worth, or of one event. */
  get #toleranceMs(): number {
    return Math.max(0, 1_000 - this.#intervalMs) / CATCH_UP;
  }
}
