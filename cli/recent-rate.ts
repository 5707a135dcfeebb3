/** How long ago an event may be to count for the rate of now. Milliseconds. */
const WINDOW_MS = 5_000;

/** Least time between two samples, so that there are only so many. Milliseconds. */
const SAMPLE_MS = 250;

/** How fast a count grows at the moment, and not over the whole run. */
export class RecentRate {
  /** Oldest first. The first one is at the far end of the window, or before it. */
  readonly #samples: { at: number; count: number }[];

  /** @param now milliseconds; only differences matter */
  constructor(now: number) {
    this.#samples = [{ at: now, count: 0 }];
  }

  /** The count as it is now. */
  add(count: number, now: number): void {
    if (now - this.#samples.at(-1)!.at >= SAMPLE_MS) this.#samples.push({ at: now, count });
    while (this.#samples.length > 1 && this.#samples[1]!.at <= now - WINDOW_MS) this.#samples.shift();
  }

  /** What was added a second, over the last five of them or since the beginning. */
  perSecond(count: number, now: number): number {
    this.add(count, now);
    const [first] = this.#samples;
    const ms = now - first!.at;
    return ms > 0 ? ((count - first!.count) * 1000) / ms : 0;
  }
}
