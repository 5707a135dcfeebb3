import { randomUUID } from 'node:crypto';
import type { Item } from '../../aws/wire-value.ts';
import { count } from '../../cli/numbers.ts';
import { UserError } from '../../cli/user-error.ts';
import type { Clock } from '../../core/clock.ts';
import { inParallel } from '../../core/in-parallel.ts';
import { fullJitter } from '../../core/retry.ts';
import type { Begun, RebuildTables } from './rebuild-tables.ts';

export interface RebuildOptions {
  /** Milliseconds since 1970. */
  clock: Clock;
  /** How long the function may count nothing of what is waited for. Milliseconds. */
  patienceMs: number;
  /** How long a change of EventData takes at most to reach the function. Milliseconds. */
  settleMs: number;
  onStep: (step: RebuildStep) => void;
}

/** What has been done: so many more rows were written, or the function has counted more of them; or what comes next. */
export type RebuildStep = { rows: number } | { written: number; counted: number } | 'settling' | 'correcting';

/** Rows that are written at once, in each segment. */
const AT_ONCE = 16;

/** Between two looks at what the function has counted. Milliseconds. */
const LOOK_MS = 1_000;

const BACKOFF = { baseMs: 100, capMs: 5_000 };

/**
 * Makes all rollups anew while their table changes, or goes on with a rebuild that was killed: tells the function, has every row of
 * EventData in the change stream once, waits until the function has counted them all and has every deletion, and corrects each group.
 *
 * @returns how many rows were written, and how many groups were not right
 */
export const rebuild = async (
  tables: RebuildTables,
  options: RebuildOptions,
): Promise<{ rows: number; corrected: number; leftOut: string[] }> => {
  const { clock, settleMs, onStep } = options;
  const begun = await tables.begin(randomUUID());
  onStep({ rows: 0 });
  await Promise.all(
    Array.from({ length: begun.segments }, (_, segment) => writeSegment(tables, begun, segment, options)),
  );
  const writtenAt = clock.now();
  const rows = await waitForFunction(tables, begun.id, options);
  // A row that was deleted before it was reached has no ticket. The old figures have it until its deletion arrives, the new ones
  // never had it: their difference is right only after that.
  onStep('settling');
  await clock.sleep(Math.max(0, writtenAt + settleMs - clock.now()));
  onStep('correcting');
  const corrections = await tables.correct(begun.id);
  await tables.end(begun.id);
  return { rows, ...corrections };
};

/** Writes the rows of a segment, a page after the other. What was done is noted, so that it is not done again. */
const writeSegment = async (
  tables: RebuildTables,
  begun: Begun,
  segment: number,
  options: RebuildOptions,
): Promise<void> => {
  let { isDone, next } = await tables.progressOf(begun.id, segment);
  while (!isDone) {
    const page = await tables.page(segment, next);
    await writePage(tables, begun, page.keys, options);
    next = page.next;
    isDone = next === undefined;
    await tables.noteProgress(begun, segment, next);
  }
};

/**
 * Writes each row of a page once, with a ticket of its own for the page, and notes how many there were: so many changes with this
 * ticket does the function count. Where an answer was lost nobody knows how many, so the page gets another ticket.
 */
const writePage = async (
  tables: RebuildTables,
  begun: Begun,
  keys: readonly Item[],
  { clock, onStep }: RebuildOptions,
): Promise<void> => {
  for (let failures = 1; ; failures += 1) {
    const ticket = randomUUID();
    let made = 0;
    let isKnown = true;
    await inParallel(AT_ONCE, keys, async (key) => {
      const written = await tables.touch(key, begun.id, ticket);
      if (written === 'made') made += 1;
      if (written === 'unknown') isKnown = false;
      onStep({ rows: 1 });
    });
    if (isKnown) {
      if (made > 0) await tables.noteTicket(begun, ticket, made);
      return;
    }
    // The whole page is written again.
    onStep({ rows: -keys.length });
    await clock.sleep(fullJitter(BACKOFF, failures, clock.random()));
  }
};

/** @returns how many rows the function has counted: all that were written */
const waitForFunction = async (
  tables: RebuildTables,
  id: string,
  { clock, patienceMs, onStep }: RebuildOptions,
): Promise<number> => {
  let [least, since] = [Number.POSITIVE_INFINITY, clock.now()];
  for (;;) {
    const { written, left } = await tables.uncounted(id);
    if (left === 0) return written;
    if (left < least) [least, since] = [left, clock.now()];
    if (clock.now() - since >= patienceMs)
      throw new UserError(
        `the function has not counted ${count(left, 'row')} of ${count(written, 'row')} yet. Look at its alarms and its log, then start this again: it goes on. If a batch was given up, add --restart`,
      );
    onStep({ written, counted: written - left });
    await clock.sleep(LOOK_MS);
  }
};
