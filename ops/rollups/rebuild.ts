import { randomUUID } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { isItemTooLarge, isRefusal, isRetryable } from '../../aws/service-error.ts';
import type { Item } from '../../aws/wire-value.ts';
import { count, duration } from '../../cli/numbers.ts';
import { UserError } from '../../cli/user-error.ts';
import type { Clock } from '../../core/clock.ts';
import { describeError } from '../../core/describe-error.ts';
import { inParallel } from '../../core/in-parallel.ts';
import { fullJitter, retry } from '../../core/retry.ts';
import type { Begun, Corrected, RebuildTables } from './rebuild-tables.ts';

export interface RebuildOptions {
  /** Monotonic: it measures durations only. */
  clock: Clock;
  /** How long EventData may take no row, and how long the function may count nothing of what is waited for. Milliseconds. */
  patienceMs: number;
  /** How long a change of EventData takes at most to reach the function. Milliseconds. */
  settleMs: number;
  /** Whether the count of a group may fall. */
  mayLower: boolean;
  onStep: (step: RebuildStep) => void;
}

/**
 * What has been done: so many more rows were written, or the function has counted more of them; why a write is made again; or what comes
 * next.
 */
export type RebuildStep =
  | { rows: number }
  | { problem: unknown }
  | { written: number; counted: number }
  | 'settling'
  | 'correcting';

export interface RebuildResult extends Corrected {
  /** Rows of EventData that were written. */
  rows: number;
  /** How many of them a rollup refused. None of its groups was lowered. */
  refused: ReadonlyMap<string, number>;
  /** The keys of rows that have no room for the mark, and were not written. */
  full: Item[];
}

/** Rows that are written at once, in each segment. */
const AT_ONCE = 16;

/** Between two looks at what the function has counted. Milliseconds. */
const LOOK_MS = 1_000;

const BACKOFF = { baseMs: 100, capMs: 5_000 };

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
export const rebuild = async (tables: RebuildTables, options: RebuildOptions): Promise<RebuildResult> => {
  const { clock, settleMs, mayLower, onStep } = options;
  const begun = await tables.begin(randomUUID());
  onStep({ rows: 0 });
  const full = await writeAll(tables, begun, options);
  const writtenAt = clock.now();
  const { rows, refused } = await waitForFunction(tables, begun.id, options);
  // A row that was deleted before it was reached has no ticket. The old figures have it until its deletion arrives, the new ones
  // never had it: their difference is right only after that.
  onStep('settling');
  await clock.sleep(Math.max(0, writtenAt + settleMs - clock.now()));
  await refuseEnded(tables, begun.id);
  onStep('correcting');
  // A row that its rollup refuses now may have been counted before its processor changed.
  const corrected = await tables.correct(begun.id, (rollup) => mayLower && !refused.has(rollup));
  await tables.end(begun.id);
  return { rows, refused, full, ...corrected };
};

/** Notices where nothing has moved for as long as the patience lasts. */
const patienceOf = ({ clock, patienceMs }: RebuildOptions) => {
  let since = clock.now();
  return {
    moved: (): void => {
      since = clock.now();
    },
    isOver: (): boolean => clock.now() - since >= patienceMs,
  };
};

/** What all writes of a rebuild share. */
interface Writing {
  tables: RebuildTables;
  begun: Begun;
  options: RebuildOptions;
  /** It is aborted where a segment fails, with its error. */
  signal: AbortSignal;
  /**
   * Tells of a call that failed.
   *
   * @returns milliseconds to wait before the next try
   * @throws the error, where no other try would help; {UserError} where patience ends
   */
  waitAfter: (error: unknown, failures: number) => number;
  moved: () => void;
  /** The keys of rows without room for the mark. */
  full: Item[];
}

/** @returns the keys of rows that have no room for the mark */
const writeAll = async (tables: RebuildTables, begun: Begun, options: RebuildOptions): Promise<Item[]> => {
  const { clock, patienceMs, onStep } = options;
  const patience = patienceOf(options);
  const failed = new AbortController();
  // Each row that waits for its next try listens to it.
  setMaxListeners(0, failed.signal);
  const waitAfter: Writing['waitAfter'] = (error, failures) => {
    if (!isRetryable(error)) throw error;
    if (patience.isOver())
      throw new UserError(
        `EventData has taken no row for ${duration(patienceMs)}: ${describeError(error)}. Start this again when it does: it goes on`,
        { cause: error },
      );
    onStep({ problem: error });
    return fullJitter(BACKOFF, failures, clock.random());
  };
  const full: Item[] = [];
  const writing = { tables, begun, options, signal: failed.signal, waitAfter, moved: patience.moved, full };
  const segments = Array.from({ length: begun.segments }, (_, segment) => writeSegment(writing, segment));
  await Promise.all(segments.map((segment) => segment.catch((error) => failed.abort(error))));
  failed.signal.throwIfAborted();
  return full;
};

/** Makes a call again while the patience lasts, as a write of a row: these tables are as busy as a rebuild makes them. */
const again = <T>({ options, signal, waitAfter }: Writing, call: () => Promise<T>): Promise<T> =>
  retry(call, { clock: options.clock, signal, waitAfter });

/** Writes the rows of a segment, a page after the other. What was done is noted, so that it is not done again. */
const writeSegment = async (writing: Writing, segment: number): Promise<void> => {
  const { tables, begun, signal } = writing;
  let { isDone, next } = await again(writing, () => tables.progressOf(begun.id, segment));
  while (!isDone) {
    signal.throwIfAborted();
    const page = await again(writing, () => tables.page(begun, segment, next));
    await writeRows(writing, page.keys);
    next = page.next;
    isDone = next === undefined;
    await again(writing, () => tables.noteProgress(begun, segment, next));
  }
};

/**
 * Writes each row once, with a ticket of its own for these rows, and notes how many there were: so many changes with this ticket does the
 * function count. A row that EventData refused was not written, and is tried again. Where an answer was lost nobody knows how many were
 * written, so all of these rows get other tickets. They get them in two halves: where answers get lost again and again, what is
 * written once more becomes less and less.
 *
 * @param losses how many tickets of these rows were lost so far
 */
const writeRows = async (writing: Writing, keys: readonly Item[], losses = 0): Promise<void> => {
  const { tables, begun, options, signal, waitAfter, moved } = writing;
  const { clock, onStep } = options;
  const ticket = randomUUID();
  let [done, made] = [0, 0];
  const full: Item[] = [];
  let lost: unknown;
  /** @returns whether the row was there; nothing where nobody knows, or where that does not matter any more */
  const touch = async (key: Item): Promise<boolean | undefined> => {
    if (lost !== undefined) return undefined;
    try {
      return await tables.touch(key, begun.id, ticket);
    } catch (error) {
      // The mark has 80 bytes.
      if (isItemTooLarge(error)) {
        full.push(key);
        return false;
      }
      if (isRefusal(error) || !isRetryable(error)) throw error;
      lost = error;
      return undefined;
    }
  };
  await inParallel(AT_ONCE, keys, async (key) => {
    const wasThere = await again(writing, () => touch(key));
    if (wasThere === undefined) return;
    moved();
    done += 1;
    if (wasThere) made += 1;
    onStep({ rows: 1 });
  });
  if (lost === undefined) {
    if (made > 0) await again(writing, () => tables.noteTicket(begun, ticket, made));
    writing.full.push(...full);
    return;
  }
  onStep({ rows: -done });
  await clock.sleep(waitAfter(lost, losses + 1), signal);
  const half = Math.ceil(keys.length / 2);
  for (const some of [keys.slice(0, half), keys.slice(half)])
    if (some.length > 0) await writeRows(writing, some, losses + 1);
};

/**
 * The function counts no more for a rebuild that is over, and what was noted for it is gone: to correct groups by its figures would take
 * out what came since then.
 */
const refuseEnded = async (tables: RebuildTables, id: string): Promise<void> => {
  if (!(await tables.isOn(id)))
    throw new UserError(
      'another command has ended this rebuild meanwhile. Run one at a time; npm run rollups -- --verify says whether the rollups are right',
    );
};

/** @returns how many rows the function has counted, all that were written, and how many of them a rollup refused */
const waitForFunction = async (
  tables: RebuildTables,
  id: string,
  options: RebuildOptions,
): Promise<Pick<RebuildResult, 'rows' | 'refused'>> => {
  const { clock, onStep } = options;
  const patience = patienceOf(options);
  let least = Number.POSITIVE_INFINITY;
  for (;;) {
    await refuseEnded(tables, id);
    const { written, left, counted } = await tables.uncounted(id);
    if (left === 0)
      return {
        rows: written,
        refused: new Map([...counted.values].map(([rollup, { count: rows }]) => [rollup, rows])),
      };
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
