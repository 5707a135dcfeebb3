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

/** So many more rows are written, or fewer where they are written once more; or why a call is made again. */
export type WriteStep = { rows: number } | { problem: unknown };

/** Rows that are written at once, in each segment. */
const AT_ONCE = 16;

const BACKOFF = { baseMs: 100, capMs: 5_000 };

/**
 * Writes every row of EventData once. What was done is noted, so that it is not done again.
 *
 * @returns the keys of rows that have no room for the mark, and were not written
 * @throws {UserError} where the rebuild is over, or where EventData takes no row for as long as the patience lasts
 */
export const writeRows = async (
  tables: RebuildTables,
  begun: Begun,
  { clock, patienceMs, onStep }: WriteOptions,
): Promise<Item[]> => {
  const withoutRoom: Item[] = [];
  const patience = new Patience(clock, patienceMs);
  const failed = new AbortController();
  const { signal } = failed;
  // Each row that waits for its next try listens to it.
  setMaxListeners(0, signal);

  /** Tells of a call that failed, and how long to wait before the next try. @throws where there is none */
  const waitAfter = (error: unknown, failures: number): number => {
    if (!isRetryable(error)) throw error;
    if (patience.isOver())
      throw new UserError(
        `EventData has taken no row for ${duration(patienceMs)}: ${describeError(error)}. Start this again when it does: it goes on`,
        { cause: error },
      );
    onStep({ problem: error });
    return fullJitter(BACKOFF, failures, clock.random());
  };
  /** Makes a call again while the patience lasts: these tables are as busy as a rebuild makes them. */
  const again = <T>(call: () => Promise<T>): Promise<T> => retry(call, { clock, signal, waitAfter });

  /**
   * Writes each row once, with a ticket of its own for these rows, and notes how many there were: so many changes with this ticket does
   * the function count. A row that EventData refused was not written, and is tried again. Where an answer was lost nobody knows how many
   * were written, so all of these rows get other tickets. They get them in two halves: where answers get lost again and again, what is
   * written once more becomes less and less.
   *
   * @param losses how many tickets of these rows were lost so far
   */
  const writePage = async (keys: readonly Item[], losses = 0): Promise<void> => {
    const ticket = randomUUID();
    const full: Item[] = [];
    let [done, written] = [0, 0];
    let lost: unknown;
    const touch = async (key: Item): Promise<void> => {
      if (lost !== undefined) return;
      try {
        if (await tables.touch(key, begun.id, ticket)) written += 1;
        done += 1;
        patience.moved();
        onStep({ rows: 1 });
      } catch (error) {
        if (hasNoRoom(error)) full.push(key);
        else lost = error;
      }
    };
    await inParallel(AT_ONCE, keys, (key) => again(() => touch(key)));
    if (lost === undefined) {
      if (written > 0) await again(() => tables.noteTicket(begun, ticket, written));
      withoutRoom.push(...full);
      return;
    }
    onStep({ rows: -done });
    await clock.sleep(waitAfter(lost, losses + 1), signal);
    const half = Math.ceil(keys.length / 2);
    for (const some of [keys.slice(0, half), keys.slice(half)]) if (some.length > 0) await writePage(some, losses + 1);
  };

  const writeSegment = async (segment: number): Promise<void> => {
    let { isDone, next } = await again(() => tables.progressOf(begun.id, segment));
    while (!isDone) {
      await again(() => tables.refuseEnded(begun));
      const page = await again(() => tables.page(segment, next));
      await writePage(page.keys);
      next = page.next;
      isDone = next === undefined;
      await again(() => tables.noteProgress(begun, segment, next));
    }
  };

  // Where one fails the others end before their next call.
  const segments = Array.from({ length: SEGMENTS }, (_, segment) => writeSegment(segment));
  await Promise.all(segments.map((segment) => segment.catch((error) => failed.abort(error))));
  signal.throwIfAborted();
  return withoutRoom;
};

/**
 * Whether a write failed since the row has no room for the mark of 80 bytes. Otherwise nobody knows whether it was done.
 *
 * @throws the error, where it was not done for another reason
 */
const hasNoRoom = (error: unknown): boolean => {
  if (isItemTooLarge(error)) return true;
  if (isRefusal(error) || !isRetryable(error)) throw error;
  return false;
};
