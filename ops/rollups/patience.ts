import type { Clock } from '../../core/clock.ts';

/** Notices where nothing has moved for as long as it lasts. */
export class Patience {
  readonly #clock: Pick<Clock, 'now'>;
  readonly #ms: number;
  #since: number;

  /** @param clock monotonic */
  constructor(clock: Pick<Clock, 'now'>, ms: number) {
    this.#clock = clock;
    this.#ms = ms;
    this.#since = clock.now();
  }

  moved(): void {
    this.#since = this.#clock.now();
  }

  isOver(): boolean {
    return this.#clock.now() - this.#since >= this.#ms;
  }
}
