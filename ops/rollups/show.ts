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
  /** The groups with the largest sum of this number, rather than with most rows. */
  value?: string;
}

/** @throws {UserError} where there are rows, and none has the number that is asked for: each group would have a sum of 0 */
export const refuseUnknownValue = ({ rollup, view, value }: Shown): void => {
  const groups = view.largestGroups(rollup);
  const names = new Set(groups.flatMap(([, totals]) => [...totals.values.keys()]));
  if (value === undefined || groups.length === 0 || names.has(value)) return;
  const expected = names.size > 0 ? `expected ${namesOf([...names])}` : 'none of them has a number; leave --value out';
  throw new UserError(`no row of "${rollup.name}" has the number "${value}"; ${expected}`);
};

/** The groups of all windows together, as bars. */
export const toBars = (shown: Shown, columns: number): string => {
  const { rollup, windows, value } = shown;
  const groups = topGroups(shown);
  const [first, last] = [windows[0], windows.at(-1)];
  const range = first === last ? first : `${first} to ${last}`;
  const all = shown.view.largestGroups(rollup);
  const rows = all.reduce((sum, [, totals]) => sum + totals.count, 0);
  const heading = `${versioned(rollup)} by ${rollup.every}, ${range}: ${count(rows, 'row')} in ${count(all.length, 'group')}`;
  const lines = bars(
    groups.map(([label, totals]) => {
      const amount = decimalText(amountOf(totals, value));
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

const topGroups = ({ rollup, view, top, value }: Shown): [group: string, totals: Totals][] =>
  view
    .largestGroups(rollup)
    .sort(([a, one], [b, other]) => compare(amountOf(other, value), amountOf(one, value)) || (a < b ? -1 : 1))
    .slice(0, top);

const amountOf = (totals: Totals, value: string | undefined): Decimal =>
  value === undefined ? decimal(totals.count) : (totals.values.get(value)?.sum ?? ZERO);
