import { withCommas } from '../../cli/numbers.ts';
import type { Rollup } from '../../core/processor.ts';
import { decimalText } from '../../core/rollups/decimal.ts';
import { versioned } from '../../core/rollups/keys.ts';
import type { RollupView } from '../../core/rollups/view.ts';
import { windowTimes } from '../../core/rollups/window.ts';
import type { RollupChart } from './watched.ts';

/** Groups that have a bar, and those of them that have a line. */
const BARS = 10;
export const LINES = 5;

/** Windows of a line: the last ones. */
const WINDOWS = 120;

/**
 * Each rollup as bars of its largest groups over all windows of the view, and as lines of those over the windows.
 *
 * @param now milliseconds since 1970
 */
export const rollupCharts = (rollups: readonly Rollup[], view: RollupView, now: number): RollupChart[] =>
  rollups.map((rollup) => chartOf(rollup, view, now));

const chartOf = (rollup: Rollup, view: RollupView, now: number): RollupChart => {
  const byWindow = new Map<string, Map<string, number>>();
  for (const { key, totals } of view.groups()) {
    if (key.rollup !== versioned(rollup) || totals.count === 0) continue;
    const window = byWindow.get(key.window) ?? new Map<string, number>();
    byWindow.set(key.window, window.set(key.group, totals.count));
  }
  const groups = view.largestGroups(rollup);
  const bars = groups.slice(0, BARS).map(([group, { count, values }]) => ({
    group,
    rows: count,
    sums: [...values].sort().map(([name, { sum }]) => `${name} ${withCommas(decimalText(sum))}`),
  }));
  const { name, every } = rollup;
  const windows = every === 'ever' ? [] : spanOf([...byWindow.keys()], now);
  const hasLines = windows.length > 1;
  const byStart = new Map([...byWindow].map(([window, groups]) => [windowTimes(window).start, groups]));
  return {
    name,
    every,
    groups: groups.length,
    bars,
    over: 'windows',
    times: hasLines ? windows.map(({ start }) => start / 1_000) : [],
    series: hasLines
      ? bars.slice(0, LINES).map(({ group }) => ({
          group,
          rows: windows.map(({ start }) => byStart.get(start)?.get(group) ?? 0),
        }))
      : [],
  };
};

/**
 * The last windows from the first to the last that has a row, those between them included. What is yet to come is of a clock that is
 * wrong, and would leave no room for the others: it counts only where all of it is.
 */
const spanOf = (names: readonly string[], now: number): { start: number }[] => {
  const times = names.map(windowTimes).sort((a, b) => a.start - b.start);
  const [first, last] = [times[0], times.findLast(({ start }) => start <= now) ?? times.at(-1)];
  if (!first || !last) return [];
  const length = first.end - first.start;
  const from = Math.max(first.start, last.start - (WINDOWS - 1) * length);
  return Array.from({ length: (last.start - from) / length + 1 }, (_, index) => ({ start: from + index * length }));
};
