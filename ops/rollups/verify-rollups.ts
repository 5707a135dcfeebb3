import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Clock } from '../../core/clock.ts';
import type { Rollup } from '../../core/processor.ts';
import { compare, type Decimal, decimal, ZERO } from '../../core/rollups/decimal.ts';
import { type GroupKey, groupId, versioned } from '../../core/rollups/keys.ts';
import type { Totals } from '../../core/rollups/part.ts';
import { type Difference, expiredOf, type Retention, type Verification, verify } from '../../core/rollups/verify.ts';
import type { RollupView } from '../../core/rollups/view.ts';
import { windowTimes } from '../../core/rollups/window.ts';
import { viewOfParts, viewOfRows } from '../../local/rollup-views.ts';
import { viewOfWindows } from './read-parts.ts';
import type { RollupsOptions } from './rollups-options.ts';

/** What a verification reads: of all groups, or of those that are named. */
export interface Readers {
  /** What the rollups say. */
  parts: (groups?: readonly GroupKey[]) => Promise<RollupView>;
  /** What the rows of EventData make. */
  rows: (groups?: readonly GroupKey[]) => Promise<RollupView>;
}

export interface Checked extends Verification {
  /** Groups that changed all the time, and whose figures lay never between two readings: nobody can say whether they are right. */
  changing: GroupKey[];
}

export interface VerifyOptions {
  retention: Retention;
  /** Monotonic: it measures the patience. */
  clock: Pick<Clock, 'now' | 'sleep'>;
  /** Milliseconds since 1970: it says what has expired. */
  calendar: Pick<Clock, 'now'>;
  /** From the first comparison on, how long groups that differ are compared again. Milliseconds. */
  patienceMs: number;
  onStep: (step: VerifyStep) => void;
}

/** What is read next, or how many groups wait to be compared again. Then EventData is read whole, since nothing finds the rows of a group. */
export type VerifyStep = { reads: 'rollups' | 'rows' } | { suspects: number };

/** The first pause before groups that differ are compared again. Each one is twice as long as the one before. Milliseconds. */
const FIRST_PAUSE_MS = 2_000;

/**
 * Compares rollups with their table while both change. A change reaches the rollups a moment after the table. So the rollups are read
 * before the rows and after them, and a group is right where it was equal to either, or where the rows lie between the two. Groups
 * that differ are compared again after a pause, for the change stream to catch up.
 */
export const verifyRollups = async (
  { parts, rows }: Readers,
  { retention, clock, calendar, patienceMs, onStep }: VerifyOptions,
): Promise<Checked> => {
  let suspects: GroupKey[] | undefined;
  let first: Verification | undefined;
  let last: RollupView | undefined;
  let since: number | undefined;
  const readParts = (): Promise<RollupView> => {
    if (!suspects) onStep({ reads: 'rollups' });
    return parts(suspects);
  };
  for (let pause = FIRST_PAUSE_MS; ; pause *= 2) {
    const before = await readParts();
    onStep({ reads: 'rows' });
    const table = await rows(suspects);
    const after = await readParts();
    since ??= clock.now();
    // What expired while it was read is missing in some of these.
    const now = calendar.now();
    const compared = (one: RollupView, other: RollupView): Verification =>
      verify(one, other, (window) => expiredOf(window, retention, now));
    const unlike = (one: RollupView, other: RollupView): Set<string> =>
      new Set(compared(one, other).differences.map(({ key }) => groupId(key)));
    const found = compared(table, after);
    first ??= found;
    const unlikeBefore = unlike(table, before);
    const isUnderWay = ({ key, figure }: Difference): boolean =>
      (figure === 'count' || figure === 'sum') &&
      liesBetween(table.totalsOf(key), before.totalsOf(key), after.totalsOf(key));
    const differences = found.differences.filter(
      (difference) => unlikeBefore.has(groupId(difference.key)) && !isUnderWay(difference),
    );
    // A table that takes hours to read is read once more, and not again for each pause.
    if (differences.length === 0 || clock.now() - since >= patienceMs) {
      // A small table is read in a moment, in which a change stream that lags may bring nothing: what it brought since the last round counts.
      const moved = [before, last ?? before].map((view) => unlike(view, after));
      const isChanging = ({ key }: Difference): boolean => moved.some((groups) => groups.has(groupId(key)));
      return {
        ...first,
        differences: differences.filter((difference) => !isChanging(difference)),
        changing: keysOf(differences.filter(isChanging)),
      };
    }
    last = after;
    suspects = keysOf(differences);
    onStep({ suspects: suspects.length });
    await clock.sleep(pause);
  }
};

const keysOf = (differences: readonly Difference[]): GroupKey[] => [
  ...new Map(differences.map(({ key }) => [groupId(key), key])).values(),
];

/** Whether the rows were seen while the rollup went from one figure to the other. */
const liesBetween = (table: Totals, before: Totals, after: Totals): boolean =>
  isBetween(decimal(table.count), decimal(before.count), decimal(after.count)) &&
  [...new Set([table, before, after].flatMap(({ values }) => [...values.keys()]))].every((name) => {
    const [wanted, one, other] = [table, before, after].map(({ values }) => values.get(name));
    return (
      isBetween(decimal(wanted?.count ?? 0), decimal(one?.count ?? 0), decimal(other?.count ?? 0)) &&
      isBetween(wanted?.sum ?? ZERO, one?.sum ?? ZERO, other?.sum ?? ZERO)
    );
  });

const isBetween = (value: Decimal, one: Decimal, other: Decimal): boolean =>
  compare(value, one) * compare(value, other) <= 0;

/** How many parts of a table are read at once. */
const SEGMENTS = 4;

/** Reads the tables themselves, and tells how many items each page held. All groups are in memory, about 1 KB each; rows are not. */
export const readersOf = (
  client: DynamoDBClient,
  { table, eventData, rollups, range: { since } }: Pick<RollupsOptions, 'table' | 'eventData' | 'rollups' | 'range'>,
  onItems: (items: number) => void,
): Readers => {
  const wantedOf = (groups?: readonly GroupKey[]): ((key: GroupKey) => boolean) => {
    const ids = groups && new Set(groups.map(groupId));
    return (key) =>
      (since === undefined || windowTimes(key.window).end > since) && (ids === undefined || ids.has(groupId(key)));
  };
  const reads = { client, rollups, segments: SEGMENTS, onItems };
  return {
    rows: (groups) => viewOfRows({ ...reads, table: eventData, isWanted: wantedOf(groups) }),
    parts: (groups) =>
      groups
        ? viewOfWindows(client, table, windowsBy(rollups, groups), { isWanted: wantedOf(groups) })
        : viewOfParts({ ...reads, table, isWanted: wantedOf() }),
  };
};

const windowsBy = (rollups: readonly Rollup[], keys: readonly GroupKey[]): Map<Rollup, string[]> =>
  new Map(
    rollups.map((rollup) => [
      rollup,
      [...new Set(keys.filter((key) => key.rollup === versioned(rollup)).map(({ window }) => window))],
    ]),
  );
