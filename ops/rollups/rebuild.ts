import { randomUUID } from 'node:crypto';
import type { Item } from '../../aws/wire-value.ts';
import { count } from '../../cli/numbers.ts';
import { UserError } from '../../cli/user-error.ts';
import type { Clock } from '../../core/clock.ts';
import { type Corrected, correct } from './correct.ts';
import { Patience } from './patience.ts';
import { type Begun, type RebuildPlace, RebuildTables } from './rebuild-tables.ts';
import { type WriteStep, writeRows } from './write-rows.ts';

export interface RebuildOptions {
  /** Monotonic: it measures durations only. */
  clock: Clock;
  /** How long EventData may take no row, and how long the function may count nothing of what is waited for. Milliseconds. */
  patienceMs: number;
  /** How long a change of EventData takes at most to reach the function. Milliseconds. */
  settleMs: number;
  /** Whether a count of a rollup may fall. */
  mayLower: (rollup: string) => boolean;
  onStep: (step: RebuildStep) => void;
}

/** What has been done: rows were written, or the function has counted more of them; or what comes next. */
export type RebuildStep = WriteStep | { written: number; counted: number } | 'settling' | 'correcting';

export interface RebuildResult extends Corrected {
  /** Rows of EventData that were written. */
  rows: number;
  /** The keys of rows that have no room for the mark, and were not written. */
  full: Item[];
}

/** Between two looks at what the function has counted. Milliseconds. */
const LOOK_MS = 1_000;

/**
 * Makes all rollups anew while their table changes, or goes on with a rebuild that was killed:
 *
 * 1. tells the function;
 * 2. writes every row of EventData once, so that each is in the change stream;
 * 3. waits until the function has counted all of them, and has every deletion;
 * 4. corrects each group.
 *
 * @throws {UserError} where another command ends the rebuild meanwhile, or where EventData takes no row or the function counts nothing
 *   for as long as the patience lasts: what was done is noted, and the next start goes on
 */
export const rebuild = async (place: RebuildPlace, options: RebuildOptions): Promise<RebuildResult> => {
  const { clock, settleMs, mayLower, onStep } = options;
  const tables = new RebuildTables(place);
  const begun = await tables.begin(randomUUID());
  onStep({ rows: 0 });
  const full = await writeRows(tables, begun, options);
  const writtenAt = clock.now();
  const rows = await waitForFunction(tables, begun, options);
  // A row that was deleted before it was reached has no ticket. The old figures have it until its deletion arrives, the new ones
  // never had it: their difference is right only after that.
  onStep('settling');
  await clock.sleep(Math.max(0, writtenAt + settleMs - clock.now()));
  onStep('correcting');
  // By figures of a rebuild that is over it would take out what came since then.
  const corrected = await correct(place, begun.id, { mayLower, refuseEnded: () => tables.refuseEnded(begun) });
  await tables.end(begun.id);
  return { rows, full, ...corrected };
};

/** @returns how many rows the function has counted, all that were written */
const waitForFunction = async (
  tables: RebuildTables,
  begun: Begun,
  { clock, patienceMs, onStep }: RebuildOptions,
): Promise<number> => {
  const patience = new Patience(clock, patienceMs);
  let least = Number.POSITIVE_INFINITY;
  for (;;) {
    await tables.refuseEnded(begun);
    const { written, left } = await tables.uncounted(begun.id);
    if (left === 0) return written;
    if (left < least) {
      least = left;
      patience.moved();
    }
    if (patience.isOver())
      throw new UserError(
        `the function has not counted ${count(left, 'row')} of ${count(written, 'row')} yet. Look at its alarms and its log, then start this again: it goes on. If a batch was given up, add --restart`,
      );
    onStep({ written, counted: written - left });
    await clock.sleep(LOOK_MS);
  }
};
