import { compare, decimalText, ZERO } from './decimal.ts';
import { type GroupKey, groupId } from './keys.ts';
import type { Figures, Totals } from './part.ts';
import type { GroupTotals, RollupView } from './view.ts';
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
  /** Windows that were not compared, as their rows can have expired: rollup and window, in order. */
  leftOut: { rollup: string; window: string }[];
}

/** Event times, milliseconds since 1970, of which every row is in the table still. */
export interface Kept {
  since: number;
  until: number;
}

/**
 * The times of which no row can have expired. A row is kept for so many days after it was written. It is written after its event
 * time, unless that lies in the future.
 */
export const keptFor = (days: number, now: number): Kept => ({ since: now - days * 86_400_000, until: now });

/**
 * Compares what rollups say with the rows of their table. Count and sum must be equal. A least, greatest or last value may be of a row
 * that was replaced or deleted, so it only must not fall short of those that are there.
 *
 * @param table made of the rows
 * @param rollup made of the parts
 * @param kept windows that do not begin in this time are left out. Without it rows do not expire
 */
export const verify = (table: RollupView, rollup: RollupView, kept?: Kept): Verification => {
  const leftOut = new Map<string, Verification['leftOut'][number]>();
  const differences: Difference[] = [];
  let groups = 0;
  for (const { key } of inOrder(table, rollup)) {
    if (kept && !beginsIn(key.window, kept)) {
      leftOut.set(`${key.rollup}#${key.window}`, { rollup: key.rollup, window: key.window });
      continue;
    }
    groups += 1;
    for (const difference of differencesOf(table.totalsOf(key), rollup.totalsOf(key)))
      differences.push({ key, ...difference });
  }
  return { groups, differences, leftOut: [...leftOut.values()] };
};

/** Whether all rows of a window are in the table still. */
export const beginsIn = (window: string, { since, until }: Kept): boolean => {
  const { start } = windowTimes(window);
  return start >= since && start <= until;
};

/** The groups of both, each once. */
const inOrder = (table: RollupView, rollup: RollupView): GroupTotals[] => {
  const all = new Map([...table.groups(), ...rollup.groups()].map((group) => [groupId(group.key), group]));
  return [...all].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, group]) => group);
};

const differencesOf = (table: Totals, rollup: Totals): Omit<Difference, 'key'>[] => {
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
  const found: Omit<Difference, 'key'>[] = [];
  const note = (figure: Difference['figure'], wanted: string, said: string | undefined): void => {
    found.push({ figure, table: wanted, rollup: said ?? 'nothing' });
  };
  if (table.count !== rollup.count) note('count', String(table.count), String(rollup.count));
  if (compare(table.sum, rollup.sum) !== 0) note('sum', decimalText(table.sum), decimalText(rollup.sum));
  const { min, max, last } = table;
  if (min && !(rollup.min && compare(rollup.min, min) <= 0))
    note('min', decimalText(min), rollup.min && decimalText(rollup.min));
  if (max && !(rollup.max && compare(rollup.max, max) >= 0))
    note('max', decimalText(max), rollup.max && decimalText(rollup.max));
  if (last && !(rollup.last && rollup.last.at >= last.at)) note('last', last.at, rollup.last?.at);
  return found;
};
