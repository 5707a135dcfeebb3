/** Kinesis accepted nothing for longer than the client is willing to wait. */
export class OutOfPatienceError extends Error {
  override readonly name = 'OutOfPatienceError';
}

/** How long Kinesis may accept nothing at all before the producer gives up. Milliseconds. */
export interface PatienceLimits {
  /** Before it has shown that it is there: a wrong setting should show soon. */
  firstMs: number;
  /** After that. */
  ms: number;
}

/** Long enough for a slow network, short for a wrong setting. */
const FIRST_MS = 10_000;

/** The limits for a patience of `ms` milliseconds. */
export const patienceOf = (ms: number): PatienceLimits => ({ firstMs: Math.min(FIRST_MS, ms), ms });

/**
 * Measures how long Kinesis has accepted nothing although something waits for it: one request that it takes begins the time anew.
 * Times are monotonic milliseconds.
 */
export class Patience {
  readonly #limits: PatienceLimits;
  #waitingSince = 0;
  #lastSuccess = Number.NEGATIVE_INFINITY;
  #isReached = false;

  constructor(limits: PatienceLimits) {
    this.#limits = limits;
  }

  /** An event waits, and none did before it. */
  begin(now: number): void {
    this.#waitingSince = now;
  }

  /** Kinesis answered for each record of a request. @param hasAccepted whether it accepted any of them */
  answered(hasAccepted: boolean, now: number): void {
    this.#isReached = true;
    if (hasAccepted) this.#lastSuccess = now;
  }

  /** A request had no answer in its time, or Kinesis was too busy for it or failed: the settings are right, and time may help. */
  reached(): void {
    this.#isReached = true;
  }

  /** Milliseconds until it is over where a Kinesis that is reached accepts nothing. */
  left(now: number): number {
    return this.#limits.ms - this.waited(now);
  }

  isOver(now: number): boolean {
    return this.waited(now) > (this.#isReached ? this.#limits.ms : this.#limits.firstMs);
  }

  /** Milliseconds for which Kinesis has accepted nothing. */
  waited(now: number): number {
    return now - Math.max(this.#waitingSince, this.#lastSuccess);
  }
}
