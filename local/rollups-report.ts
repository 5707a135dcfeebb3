import { type Bar, bars } from '../cli/bars.ts';
import { count, number, withCommas } from '../cli/numbers.ts';
import { printable } from '../core/printable.ts';
import type { Rollup } from '../core/processor.ts';
import { decimalText } from '../core/rollups/decimal.ts';
import { versioned } from '../core/rollups/keys.ts';
import type { Totals } from '../core/rollups/part.ts';
import type { Difference, Verification } from '../core/rollups/verify.ts';
import type { RollupView } from '../core/rollups/view.ts';

/** The rollups at the end of a run, compared with the rows of EventData. */
export interface RollupsResult {
  /** Of the processor, at least one. */
  rollups: readonly Rollup[];
  /** Made of their parts. */
  view: RollupView;
  verification: Verification;
}

/** Groups of each rollup that are shown. */
const TOP = 5;

/** Sums of a group that are shown. It may have thousands, and how wide they are takes minutes to find out. */
const SUMS = 10;

/** Differences that are named one by one. */
const NAMED = 20;

/**
 * The largest groups of each rollup, over all of its windows, as bars.
 *
 * @param width columns of the terminal
 */
export const rollupLines = ({ rollups, view, verification }: RollupsResult, width: number): string[] => [
  verification.differences.length === 0
    ? 'Rollups of EventData, which equal its rows:'
    : 'Rollups of EventData, which do not equal its rows:',
  ...rollups.flatMap((rollup) => ['', ...linesOf(rollup, view, width)]),
];

/** What is wrong with the rollups, a sentence each. */
export const rollupProblems = ({ verification: { differences } }: RollupsResult): string[] => [
  ...differences.slice(0, NAMED).map(differenceText),
  ...(differences.length > NAMED ? [`the rollups have ${count(differences.length - NAMED, 'more difference')}`] : []),
];

/** `the rollup events.1 in 2026-11-20T12:34Z, group tweet: the count is 3; the table makes 4`. */
export const differenceText = ({ key, figure, value, table, rollup }: Difference): string =>
  `the rollup ${key.rollup} in ${key.window}, group ${printable(key.group)}: the ${figure}` +
  `${value === undefined ? '' : ` of ${printable(value)}`} is ${rollup}; the table makes ${table}`;

const linesOf = (rollup: Rollup, view: RollupView, width: number): string[] => {
  const { name, every } = rollup;
  const windows = new Set<string>();
  for (const { key, totals } of view.groups())
    if (key.rollup === versioned(rollup) && totals.count !== 0) windows.add(key.window);
  const groups = view.largestGroups(rollup);
  const title = every === 'ever' ? name : `${name} by ${every}`;
  const extent = [
    groups.length > TOP ? `the top ${TOP} of ${count(groups.length, 'group')}` : count(groups.length, 'group'),
    ...(every === 'ever' ? [] : [`in ${count(windows.size, 'window')}`]),
  ];
  return [
    `  ${title}: ${extent.join(' ')}`,
    ...bars(groups.slice(0, TOP).map(barOf), width - 4).map((line) => `    ${line}`),
  ];
};

const barOf = ([group, { count: rows, values }]: [string, Totals]): Bar => {
  const sums = [...values].sort().map(([name, { sum }]) => `Σ ${name} ${withCommas(decimalText(sum))}`);
  const more = sums.length > SUMS ? [`and ${number(sums.length - SUMS)} more`] : [];
  return { label: group, value: rows, note: [...sums.slice(0, SUMS), ...more].join(' ') };
};
