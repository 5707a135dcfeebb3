/**
 * Lets so many tokens pass a second, and as many at once as it holds. Pure: the caller says what time it is, in milliseconds of
 * a clock that never goes back.
 */
export class TokenBucket {
  readonly #perSecond: number;
  readonly #capacity: number;
  #tokens: number;
  #filledAt: number;

  /** @param capacity what it holds, and holds at the start. @default what one second brings */
  constructor(perSecond: number, now: number, capacity = perSecond) {
    this.#perSecond = perSecond;
    this.#capacity = capacity;
    this.#tokens = capacity;
    this.#filledAt = now;
  }

  /** Whether so many tokens may pass. More than it holds may when it is full: they leave a debt. */
  has(tokens: number, now: number): boolean {
    const gained = (Math.max(0, now - this.#filledAt) / 1000) * this.#perSecond;
    this.#tokens = Math.min(this.#capacity, this.#tokens + gained);
    this.#filledAt = Math.max(now, this.#filledAt);
    return this.#tokens >= Math.min(tokens, this.#capacity);
  }

  take(tokens: number): void {
    this.#tokens -= tokens;
  }
}
