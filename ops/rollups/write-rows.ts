import { randomUUID } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { isItemTooLarge, isRefusal, isRetryable } from '../../aws/service-error.ts';
import type { Item } from '../../aws/wire-value.ts';
import { duration } from '../../cli/numbers.ts';
import { UserError } from '../../cli/user-error.ts';
import type { Clock } from '../../core/clock.ts';
import { describeError } from '../../core/describe-error.ts';
import { inParallel } from '../../core/in-parallel.ts';
import { fullJitter, retry } from '../../core/retry.ts';
import { Patience } from './patience.ts';
import { type Begun, type RebuildTables, SEGMENTS } from './rebuild-tables.ts';

export interface WriteOptions {
  /** Monotonic: it measures durations only. */
  clock: Clock;
  /** How long EventData may take no row. Milliseconds. */
  patienceMs: number;
  onStep: (step: WriteStep) => void;
}

/** So many more rows are written; or why a call is made again. */
export type WriteStep = { rows: number } | { problem: unknown };

/** Rows that are written at once, in each segment. */
const AT_ONCE = 16;

const BACKOFF = { baseMs: 100, capMs: 5_000 };

/** Writes every row of EventData once. What was done is noted, so that it is not done again. */
export class RowWriter {
  /** The keys of rows that have no room for the mark, and were not written. */
  readonly full: Item[] = [];
  readonly #tables: RebuildTables;
  readonly #begun: Begun;
  readonly #options: WriteOptions;
  readonly #patience: Patience;
  /** It is aborted where a segment fails, with its error. */
  readonly #failed = new AbortController();

  constructor(tables: RebuildTables, begun: Begun, options: WriteOptions) {
    this.#tables = tables;
    this.#begun = begun;
    this.#options = options;
    this.#patience = new Patience(options.clock, options.patienceMs);
    // Each row that waits for its next try listens to it.
    setMaxListeners(0, this.#failed.signal);
  }

  /** @throws {UserError} where EventData takes no row for as long as the patience lasts */
  async writeAll(): Promise<void> {
    const segments = Array.from({ length: SEGMENTS }, (_, segment) => this.#writeSegment(segment));
    await Promise.all(segments.map((segment) => segment.catch((error) => this.#failed.abort(error))));
    this.#failed.signal.throwIfAborted();
  }

  /** Writes the rows of a segment, a page after the other. */
  async #writeSegment(segment: number): Promise<void> {
    let { isDone, next } = await this.#again(() => this.#tables.progressOf(this.#begun.id, segment));
    while (!isDone) {
      const page = await this.#again(() => this.#tables.page(segment, next));
      await this.#writeRows(page.keys);
      next = page.next;
      isDone = next === undefined;
      await this.#again(() => this.#tables.noteProgress(this.#begun, segment, next));
    }
  }

  /**
   * Writes each row once, with a ticket of its own for these rows, and notes how many there were: so many changes with this ticket does
   * the function count. A row that EventData refused was not written, and is tried again. Where an answer was lost nobody knows how many
   * were written, so all of these rows get other tickets. They get them in two halves: where answers get lost again and again, what is
   * written once more becomes less and less.
   *
   * @param losses how many tickets of these rows were lost so far
   */
  async #writeRows(keys: readonly Item[], losses = 0): Promise<void> {
    const ticket = randomUUID();
    const full: Item[] = [];
    let written = 0;
    let lost: unknown;
    const touch = async (key: Item): Promise<void> => {
      if (lost !== undefined) return;
      try {
        if (await this.#tables.touch(key, this.#begun.id, ticket)) written += 1;
        this.#patience.moved();
      } catch (error) {
        // The mark has 80 bytes.
        if (isItemTooLarge(error)) full.push(key);
        else if (isRefusal(error) || !isRetryable(error)) throw error;
        else lost = error;
      }
    };
    await inParallel(AT_ONCE, keys, (key) => this.#again(() => touch(key)));
    if (lost === undefined) {
      if (written > 0) await this.#again(() => this.#tables.noteTicket(this.#begun, ticket, written));
      this.full.push(...full);
      this.#options.onStep({ rows: keys.length });
      return;
    }
    await this.#options.clock.sleep(this.#waitAfter(lost, losses + 1), this.#failed.signal);
    const half = Math.ceil(keys.length / 2);
    for (const some of [keys.slice(0, half), keys.slice(half)])
      if (some.length > 0) await this.#writeRows(some, losses + 1);
  }

  /** Makes a call again while the patience lasts: these tables are as busy as a rebuild makes them. */
  #again<T>(call: () => Promise<T>): Promise<T> {
    const waitAfter = (error: unknown, failures: number): number => this.#waitAfter(error, failures);
    return retry(call, { clock: this.#options.clock, signal: this.#failed.signal, waitAfter });
  }

  /**
   * Tells of a call that failed.
   *
   * @returns milliseconds to wait before the next try
   * @throws the error, where no other try would help; {UserError} where patience ends
   */
  #waitAfter(error: unknown, failures: number): number {
    const { clock, patienceMs, onStep } = this.#options;
    if (!isRetryable(error)) throw error;
    if (this.#patience.isOver())
      throw new UserError(
        `EventData has taken no row for ${duration(patienceMs)}: ${describeError(error)}. Start this again when it does: it goes on`,
        { cause: error },
      );
    onStep({ problem: error });
    return fullJitter(BACKOFF, failures, clock.random());
  }
}
