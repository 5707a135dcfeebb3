import { bars } from '../../cli/bars.ts';
import { count, withCommas } from '../../cli/numbers.ts';
import { UserError } from '../../cli/user-error.ts';
import { writeExactJson } from '../../core/exact-json.ts';
import { ExactNumber } from '../../core/exact-number.ts';
import { printable } from '../../core/printable.ts';
import type { Rollup } from '../../core/processor.ts';
import { compare, type Decimal, decimal, decimalText, ZERO } from '../../core/rollups/decimal.ts';
import { versioned } from '../../core/rollups/keys.ts';
import type { Figures, Totals } from '../../core/rollups/part.ts';
import type { GroupTotals, RollupView } from '../../core/rollups/view.ts';
import { csvLine } from '../query/row-formats.ts';
import { namesOf } from './windows.ts';

/** What of a rollup is printed. */
export interface Shown {
  rollup: Rollup;
  /** The windows that were read, the oldest first. */
  windows: readonly string[];
  view: RollupView;
  /** At most so many groups. */
  top: number;
  /** Of the groups that have this number those with the largest sum, rather than those with most rows. */
  value?: string;
}

/** @throws {UserError} where there are rows, and none has the number that is asked for */
export const refuseUnknownValue = (shown: Shown): void => {
  const { rollup, view, value } = shown;
  const groups = view.largestGroups(rollup);
  if (groups.length === 0 || groupsOf(shown).length > 0) return;
  const names = new Set(groups.flatMap(([, totals]) => [...totals.values.keys()]).filter((name) => name !== value));
  const expected = names.size > 0 ? `expected ${namesOf([...names])}` : 'none of them has a number; leave --value out';
  throw new UserError(`no row of "${rollup.name}" has the number "${value}"; ${expected}`);
};

/** The groups of all windows together, as bars. */
export const toBars = (shown: Shown, columns: number): string => {
  const { rollup, windows } = shown;
  const groups = topGroups(shown);
  const [first, last] = [windows[0], windows.at(-1)];
  const range = first === last ? first : `${first} to ${last}`;
  const all = groupsOf(shown);
  const rows = all.reduce((sum, [, totals]) => sum + totals.count, 0);
  const heading = `${versioned(rollup)} by ${rollup.every}, ${range}: ${count(rows, 'row')} in ${count(all.length, 'group')}`;
  const lines = bars(
    groups.map(([label, totals]) => {
      const amount = decimalText(amountOf(totals, shown));
      return { label, value: Number(amount), shown: withCommas(amount) };
    }),
    columns,
  );
  const left = all.length - groups.length;
  return [heading, ...lines, ...(left > 0 ? [`and ${count(left, 'group')} more: --top N`] : []), ''].join('\n');
};

/** A line of JSON for each group and window, the oldest window first. */
export const toJsonLines = (shown: Shown): string =>
  inOrder(shown)
    .map(({ key: { rollup, window, group }, totals }) => {
      const values = Object.fromEntries([...totals.values].map(([name, figures]) => [name, jsonOf(figures)]));
      return `${printable(writeExactJson({ rollup, window, group, count: totals.count, values }))}\n`;
    })
    .join('');

const jsonOf = ({ count: rows, sum, min, max, last }: Figures) => ({
  count: rows,
  sum: jsonNumber(sum),
  ...(min && { min: jsonNumber(min) }),
  ...(max && { max: jsonNumber(max) }),
  ...(last && { last: jsonNumber(last.value), lastAt: last.at }),
});

/** JSON, unlike DynamoDB, has numbers of any length. */
const jsonNumber = (value: Decimal): ExactNumber => new ExactNumber(decimalText(value));

const COLUMNS = ['Rollup', 'Window', 'Group', 'Rows', 'Value', 'Count', 'Sum', 'Min', 'Max', 'Last', 'LastAt'];

/** A line of CSV for each group, window and number; one line for a group without numbers. */
export const toCsv = (all: readonly Shown[], isOnTerminal: boolean): string => {
  const text = (value: Decimal | undefined): string => (value ? decimalText(value) : '');
  const rows = all.flatMap(inOrder).flatMap(({ key: { rollup, window, group }, totals }) => {
    const cells = [rollup, window, group, String(totals.count)];
    if (totals.values.size === 0) return [[...cells, '', '', '', '', '', '', '']];
    return [...totals.values].map(([name, { count: has, sum, min, max, last }]) => [
      ...[...cells, name, String(has), text(sum), text(min), text(max), text(last?.value), last?.at ?? ''],
    ]);
  });
  return [COLUMNS, ...rows].map((cells) => csvLine(cells, isOnTerminal)).join('');
};

/** The groups that are wanted, in each of their windows. */
const inOrder = (shown: Shown): GroupTotals[] => {
  const wanted = new Map(topGroups(shown).map(([group], place) => [group, place]));
  return [...shown.view.groups()]
    .filter(({ key, totals }) => wanted.has(key.group) && totals.count !== 0)
    .sort(({ key: a }, { key: b }) =>
      a.window === b.window ? wanted.get(a.group)! - wanted.get(b.group)! : a.window < b.window ? -1 : 1,
    );
};

/** A group without the number has no sum: as 0 it would stand before those whose sum is below 0. */
const groupsOf = ({ rollup, view, value }: Shown): [group: string, totals: Totals][] =>
  view.largestGroups(rollup).filter(([, { values }]) => value === undefined || (values.get(value)?.count ?? 0) !== 0);

const topGroups = (shown: Shown): [group: string, totals: Totals][] =>
  groupsOf(shown)
    .sort(([a, one], [b, other]) => compare(amountOf(other, shown), amountOf(one, shown)) || (a < b ? -1 : 1))
    .slice(0, shown.top);

const amountOf = ({ count: rows, values }: Totals, { value }: Shown): Decimal =>
  value === undefined ? decimal(rows) : (values.get(value)?.sum ?? ZERO);
