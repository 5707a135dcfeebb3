import type { Clock } from '../../../core/clock.ts';
import { REWIND } from './subscription.ts';

/** How much later than ours the clock of a server may be. Microseconds. */
const TOLERANCE = 60_000_000;

/** Posts come all the time: a longer gap where a connection resumes means that the server does not keep them so long. Microseconds. */
const LONGEST_GAP = 600_000_000;

/** A time of which a connection brought nothing. Microseconds since 1970. */
export interface Gap {
  from: number;
  to: number;
}

/**
 * The time of the newest message, where a connection resumes. It never lies in the future, where posts are still to come.
 *
 * A message from the future, by our clock, moves it to the present only where it is there already. Otherwise it would jump over what
 * an earlier run left to be read. If it never moved it, a clock of ours that is late would hold it where the run began.
 */
export class Cursor {
  readonly #calendar: Pick<Clock, 'now'>;
  /** Microseconds since 1970; undefined before the first message. */
  time: number | undefined;
  /** Whether nothing is left to catch up with. */
  #isAtPresent: boolean;
  /** Where the connection resumed, until its first message. */
  #resumedAt: number | undefined;

  /**
   * @param from where an earlier run ended. Microseconds since 1970
   * @param calendar milliseconds since 1970
   */
  constructor(from: string | undefined, calendar: Pick<Clock, 'now'>) {
    this.#calendar = calendar;
    this.time = from === undefined ? undefined : Number(from);
    this.#isAtPresent = from === undefined;
  }

  /** A connection begins. @returns where it resumes */
  resume(): number | undefined {
    this.#resumedAt = this.time;
    return this.time;
  }

  /** A message came. @param time its own, in microseconds since 1970. @returns what is missing before the first one of a connection */
  reach(time: number | undefined): Gap | undefined {
    if (time === undefined) return undefined;
    const now = this.#calendar.now() * 1_000;
    if (time > now + TOLERANCE && !this.#isAtPresent) return undefined;
    this.time = Math.max(this.time ?? 0, Math.min(time, now));
    this.#isAtPresent = this.time >= now - REWIND;
    const { time: to } = this;
    const from = this.#resumedAt;
    this.#resumedAt = undefined;
    return from !== undefined && to - from > LONGEST_GAP ? { from, to } : undefined;
  }
}
