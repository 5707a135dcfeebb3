import type { Clock } from '../../core/clock.ts';
import { isObject, parsedJson } from '../../core/json.ts';
import type { Figures, Rate } from './watched.ts';

/** For how long the rate is remembered. */
const SECONDS = 300;

/** What is shown of it at least. */
const LEAST_SECONDS = 60;

/** The members of a log line that are added up. */
const ADDED = ['events', 'written', 'superseded', 'stale', 'dropped', 'rejected', 'unwritten', 'changes'] as const;

/**
 * Counts what the functions' log lines say: in total, and by second for the last minutes. Its size does not grow. An event that is
 * delivered again counts again, as in the metrics.
 */
export class EventCounts {
  readonly #clock: Pick<Clock, 'now'>;
  readonly #started: number;
  readonly #figures: Figures = {};
  /** A ring: the second, and what came in it. */
  readonly #seconds = Array.from({ length: SECONDS }, () => ({ second: 0, stored: 0, rejected: 0 }));
  /** Log lines that counted. */
  lines = 0;

  /** @param clock milliseconds since 1970 */
  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock;
    this.#started = this.#second();
  }

  /** Takes any line of a function's log. */
  line(line: string): void {
    const json = parsedJson(line);
    const fields = isObject(json) ? json : {};
    const isBatch = typeof fields.written === 'number';
    if (!isBatch && typeof fields.changes !== 'number') return;
    this.lines += 1;
    for (const name of ADDED) {
      const value = fields[name];
      if (typeof value === 'number') this.#figures[name] = (this.#figures[name] ?? 0) + value;
    }
    if (!isBatch) return;
    if (typeof fields.newestRecordMilliseconds === 'number') this.#figures.lag = fields.newestRecordMilliseconds;
    const second = this.#second();
    const slot = this.#seconds[second % SECONDS]!;
    if (slot.second !== second) Object.assign(slot, { second, stored: 0, rejected: 0 });
    slot.stored += Number(fields.written);
    slot.rejected += Number(fields.rejected ?? 0);
  }

  figures(): Figures {
    return { ...this.#figures };
  }

  /** From the start, or of the last five minutes, without the second that is not over. */
  rate(): Rate {
    const end = this.#second();
    const from = Math.max(end - SECONDS + 1, Math.min(this.#started, end - LEAST_SECONDS));
    const times = Array.from({ length: end - from }, (_, index) => from + index);
    const of = (name: 'stored' | 'rejected') =>
      times.map((second) => {
        const slot = this.#seconds[second % SECONDS]!;
        return slot.second === second ? slot[name] : 0;
      });
    return { times, stored: of('stored'), rejected: of('rejected') };
  }

  #second(): number {
    return Math.floor(this.#clock.now() / 1_000);
  }
}
