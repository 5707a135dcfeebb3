/** Kinesis accepted nothing for longer than the client is willing to wait. */
export class OutOfPatienceError extends Error {
  override readonly name = 'OutOfPatienceError';
}

/** How long Kinesis may accept nothing at all before the producer gives up. Milliseconds. */
export interface PatienceLimits {
  /** Before its first answer: a wrong setting should show soon. */
  firstMs: number;
  /** After it. */
  ms: number;
}

/** Measures how long Kinesis has accepted nothing although something waits for it. Times are monotonic milliseconds. */
export class Patience {
  readonly #limits: PatienceLimits;
  #waitingSince = 0;
  #lastSuccess = Number.NEGATIVE_INFINITY;
  #hasAnswered = false;

  constructor(limits: PatienceLimits) {
    this.#limits = limits;
  }

  /** An event waits, and none did before it. */
  begin(now: number): void {
    this.#waitingSince = now;
  }

  /** Kinesis answered for each record of a request. @param hasAccepted whether it accepted any of them */
  answered(hasAccepted: boolean, now: number): void {
    this.#hasAnswered = true;
    if (hasAccepted) this.#lastSuccess = now;
  }

  /** Whether Kinesis has accepted anything after this moment. */
  hasAcceptedSince(moment: number): boolean {
    return this.#lastSuccess > moment;
  }

  isOver(now: number): boolean {
    const waited = now - Math.max(this.#waitingSince, this.#lastSuccess);
    return waited > (this.#hasAnswered ? this.#limits.ms : this.#limits.firstMs);
  }
}
