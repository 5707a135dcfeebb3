/** The time that the rate is measured over. Milliseconds. */
const WINDOW_MS = 5_000;

/** The least time between two samples, which limits their number. Milliseconds. */
const SAMPLE_MS = 250;

/** How fast a count grows at the moment, rather than over the whole run. */
export class RecentRate {
  /** Oldest first. The first one is at the beginning of the window, or before it. */
  readonly #samples: { at: number; count: number }[];

  /** @param now milliseconds; only differences matter */
  constructor(now: number) {
    this.#samples = [{ at: now, count: 0 }];
  }

  /** The growth a second, over the window or since the beginning. It has to be asked for now and then: each time is a sample. */
  perSecond(count: number, now: number): number {
    if (now - this.#samples.at(-1)!.at >= SAMPLE_MS) this.#samples.push({ at: now, count });
    while (this.#samples.length > 1 && this.#samples[1]!.at <= now - WINDOW_MS) this.#samples.shift();
    const [first] = this.#samples;
    const ms = now - first!.at;
    return ms > 0 ? ((count - first!.count) * 1000) / ms : 0;
  }
}
