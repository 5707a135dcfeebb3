import { compare, decimalText, ZERO } from './decimal.ts';
import { type GroupKey, groupId } from './keys.ts';
import type { Figures, Totals } from './part.ts';
import type { Refused, RollupView } from './view.ts';
import { windowTimes } from './window.ts';

/** One figure that is not what it must be. */
export interface Difference {
  key: GroupKey;
  figure: 'count' | 'sum' | 'min' | 'max' | 'last';
  /** The name of the number. Absent for the count of rows. */
  value?: string;
  /** What the rows of the table make. */
  table: string;
  /** What the rollup says. */
  rollup: string;
}

export interface Verification {
  /** Groups that were compared. */
  groups: number;
  differences: Difference[];
  /** Rows of the table that a rollup cannot count. */
  refused: Refused[];
  /** Windows that were not compared, in order, and what of them can have expired. */
  leftOut: { rollup: string; window: string; expired: Expired }[];
}

/** Days for which the tables keep what they hold. Where they are absent it is kept for ever. */
export interface Retention {
  /** Of a row of EventData, from its write on. */
  rowDays?: number;
  /** Of a part of a rollup, from the end of its window on. */
  partDays?: number;
}

/** What of a window can be gone: rows of EventData, or parts of the rollup. */
export type Expired = 'rows' | 'parts';

const DAY_MS = 86_400_000;

/**
 * What of a window can have expired. A row is written after its event time, unless that lies in the future, so the rows of a window
 * outlive its beginning by their days. A part of the window of all time never expires.
 *
 * @param now milliseconds since 1970
 * @returns nothing where its rows and its parts must all be there
 */
export const expiredOf = (window: string, { rowDays, partDays }: Retention, now: number): Expired | undefined => {
  const { start, end } = windowTimes(window);
  if (rowDays !== undefined && !(start >= now - rowDays * DAY_MS && start <= now)) return 'rows';
  if (partDays !== undefined && end + partDays * DAY_MS <= now) return 'parts';
  return undefined;
};

/**
 * Compares what rollups say with the rows of their table. Count and sum must be equal. A least, greatest or last value may be of a row
 * that was replaced or deleted, so it only must not fall short of those that are there.
 *
 * @param table made of the rows
 * @param rollup made of the parts
 * @param expired what of a window can have expired: such a window is left out. @default nothing expires
 */
export const verify = (
  table: RollupView,
  rollup: RollupView,
  expired: (window: string) => Expired | undefined = () => undefined,
): Verification => {
  const leftOut = new Map<string, Verification['leftOut'][number]>();
  const differences: Difference[] = [];
  let groups = 0;
  for (const key of inOrder(table, rollup)) {
    const gone = expired(key.window);
    if (gone) {
      leftOut.set(`${key.rollup}#${key.window}`, { rollup: key.rollup, window: key.window, expired: gone });
      continue;
    }
    groups += 1;
    for (const difference of differencesOf(table.totalsOf(key), rollup.totalsOf(key)))
      differences.push({ key, ...difference });
  }
  return { groups, differences, refused: table.refused(), leftOut: [...leftOut.values()] };
};

/** The groups of both, each once. */
const inOrder = (table: RollupView, rollup: RollupView): GroupKey[] => {
  const all = new Map([...table.groups(), ...rollup.groups()].map(({ key }) => [groupId(key), key]));
  return [...all].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, key]) => key);
};

/** How a group differs from what its rows make, as {@link verify} compares them. */
export const differencesOf = (table: Totals, rollup: Totals): Omit<Difference, 'key'>[] => {
  const found: Omit<Difference, 'key'>[] = [];
  if (table.count !== rollup.count)
    found.push({ figure: 'count', table: String(table.count), rollup: String(rollup.count) });
  for (const value of [...new Set([...table.values.keys(), ...rollup.values.keys()])].sort())
    for (const difference of differencesOfValue(table.values.get(value) ?? NONE, rollup.values.get(value) ?? NONE))
      found.push({ ...difference, value });
  return found;
};

const NONE: Figures = { count: 0, sum: ZERO };

const differencesOfValue = (table: Figures, rollup: Figures): Omit<Difference, 'key'>[] => {
  const differences: Omit<Difference, 'key'>[] = [];
  const note = (figure: Difference['figure'], wanted: string, found: string | undefined): void => {
    differences.push({ figure, table: wanted, rollup: found ?? 'nothing' });
  };
  if (table.count !== rollup.count) note('count', String(table.count), String(rollup.count));
  if (compare(table.sum, rollup.sum) !== 0) note('sum', decimalText(table.sum), decimalText(rollup.sum));
  const { min, max, last } = table;
  if (min && !(rollup.min && compare(rollup.min, min) <= 0))
    note('min', decimalText(min), rollup.min && decimalText(rollup.min));
  if (max && !(rollup.max && compare(rollup.max, max) >= 0))
    note('max', decimalText(max), rollup.max && decimalText(rollup.max));
  if (last && !(rollup.last && rollup.last.at >= last.at)) note('last', last.at, rollup.last?.at);
  return differences;
};
