/** What one more byte in flight adds to the time that a request may take: a slow uplink carries 1 MB a second. */
const BYTES_PER_MS = 1_000;

/** How many times as long as the last answer took a request may take. */
const ROOM = 2;

/** After this long in which no request needed more, the time is as at first. Milliseconds. */
const FORGET_MS = 600_000;

/**
 * How long a request may stay unanswered before its records go again over another connection. A firewall may have forgotten the
 * connection, and TCP would notice that only after minutes.
 *
 * A slow uplink must not be taken for a lost connection, or the same bytes would be sent for ever. So the time grows with what is in
 * flight, and it follows answers that took long. It doubles where requests had no answer in it, once for all that were in flight
 * together, until one as large has an answer.
 */
export class RequestTime {
  readonly #leastMs: number;
  #factor = 1;
  /** Bytes in flight with the largest request that was slow, or had no answer, since one as large was fast. */
  #slowBytes = 0;
  #grownAt = Number.NEGATIVE_INFINITY;
  #neededAt = Number.NEGATIVE_INFINITY;

  /** @param leastMs for a small request, at first */
  constructor(leastMs: number) {
    this.#leastMs = leastMs;
  }

  /**
   * Milliseconds that a request may take.
   *
   * @param bytesInFlight in all requests, its own included
   * @param mostMs how far the time may grow
   */
  limitFor(bytesInFlight: number, now: number, mostMs: number): number {
    if (now - this.#neededAt > FORGET_MS) [this.#factor, this.#slowBytes] = [1, 0];
    const base = this.#baseFor(bytesInFlight);
    return Math.max(base, Math.min(this.#factor * base, mostMs));
  }

  /** A request that was sent at `sentAt` had no answer in its time. @param bytesInFlight when it was sent */
  ranOut(bytesInFlight: number, sentAt: number, now: number): void {
    this.#slow(bytesInFlight, now);
    if (sentAt < this.#grownAt) return;
    this.#grownAt = now;
    this.#factor *= 2;
  }

  /** A request was answered. @param bytesInFlight when it was sent */
  answered(bytesInFlight: number, sentAt: number, now: number): void {
    const needed = (ROOM * (now - sentAt)) / this.#baseFor(bytesInFlight);
    // A small request says nothing about the time of a large one.
    if (2 * bytesInFlight >= this.#slowBytes) [this.#factor, this.#slowBytes] = [1, 0];
    this.#factor = Math.max(this.#factor, needed);
    if (needed > 1) this.#slow(bytesInFlight, now);
  }

  #slow(bytesInFlight: number, now: number): void {
    this.#neededAt = now;
    this.#slowBytes = Math.max(this.#slowBytes, bytesInFlight);
  }

  #baseFor(bytesInFlight: number): number {
    return this.#leastMs + bytesInFlight / BYTES_PER_MS;
  }
}
