import type { Clock } from '../../../core/clock.ts';

/** How much later than ours the clock of a server may be. Microseconds. */
const TOLERANCE = 60_000_000;

/**
 * The time of the newest message, where a connection resumes. It never lies in the future, where posts are still to come. A message
 * from the future does not move it, since it would jump over what an earlier run left to be read.
 */
export class Cursor {
  readonly #clock: Pick<Clock, 'now'>;
  #time: number | undefined;

  /** @param from where an earlier run ended. Microseconds since 1970 */
  constructor(from: string | undefined, clock: Pick<Clock, 'now'>) {
    this.#clock = clock;
    this.#time = from === undefined ? undefined : Number(from);
  }

  /** Microseconds since 1970; undefined before the first message. */
  get time(): number | undefined {
    return this.#time;
  }

  /** The same as text. */
  get text(): string | undefined {
    return this.#time === undefined ? undefined : String(this.#time);
  }

  /** A message came. @param time its own, in microseconds since 1970 */
  reach(time: number | undefined): void {
    if (time === undefined) return;
    const now = Math.floor(this.#clock.now() * 1_000);
    // A run that begins now has nothing to catch up with.
    if (time > now + TOLERANCE && this.#time !== undefined) return;
    this.#time = Math.max(this.#time ?? 0, Math.min(time, now));
  }
}
