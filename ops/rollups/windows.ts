import { number } from '../../cli/numbers.ts';
import { UserError } from '../../cli/user-error.ts';
import { defined } from '../../core/defined.ts';
import type { Rollup, Window } from '../../core/processor.ts';
import { expiredOf, type Retention } from '../../core/rollups/verify.ts';
import { windowOf, windowTimes } from '../../core/rollups/window.ts';
import { TIME_RANGE } from '../../core/timestamp.ts';

/** The windows that are shown where nobody says since when: an hour of minutes, a day of hours, a month of days. Milliseconds. */
const USUAL_MS: Readonly<Record<Exclude<Window, 'ever'>, number>> = {
  minute: 3_600_000,
  hour: 86_400_000,
  day: 30 * 86_400_000,
};

/** A month of minutes. Each window is a request, so more of them are a mistake rather than a question. */
const MOST_WINDOWS = 50_000;

/** Which time is asked for. Milliseconds since 1970. */
export interface Range {
  /** @default as long before the end as a person looks at */
  since?: number;
  /** No window begins then or later, but for the first of all. @default the window that is on is the last */
  until?: number;
}

/**
 * The windows of a rollup, the oldest first. The first is the one that `since` lies in.
 *
 * @param now milliseconds since 1970
 * @throws {UserError} where they are too many
 */
export const windowsOf = ({ name, every }: Rollup, now: number, { since, until = now + 1 }: Range = {}): string[] => {
  if (every === 'ever') return ['ever'];
  const windows: string[] = [];
  let time = since ?? Math.max(TIME_RANGE.from, until - 1 - USUAL_MS[every]);
  do {
    const window = windowOf(every, new Date(time).toISOString());
    windows.push(window);
    if (windows.length > MOST_WINDOWS)
      throw new UserError(
        `"${name}" has more than ${number(MOST_WINDOWS)} windows in that time; give a later --since, or an earlier --until`,
      );
    time = windowTimes(window).end;
  } while (time < until);
  return windows;
};

/** What helps where the usual windows hold no rows, as where the events are older: those of a file often are. */
export const lookFurther = (rollups: readonly Rollup[], { since }: Range): string[] =>
  since === undefined && rollups.some(({ every }) => every !== 'ever')
    ? ['No rows in these windows. --since TIME looks further back.']
    : [];

/**
 * Names those windows with rows whose days are over: the parts that are there had more days, before RollupsRetentionDays was lowered.
 * Others of the window had not.
 *
 * @param now when the parts were read, milliseconds since 1970
 */
export const lessThanAll = (windows: Iterable<string>, { partDays }: Retention, now: number): string[] => {
  const expired = [...new Set(windows)].filter((window) => expiredOf(window, defined({ partDays }), now)).sort();
  if (expired.length === 0) return [];
  return [
    `Parts of these windows can have expired (RollupsRetentionDays): ${namesOf(expired)}. They may count too little.`,
  ];
};

/** How many windows, rows or differences are named one by one. */
export const NAMED = 10;

/** `2026-11-20, 2026-11-21 and 3 more`. */
export const namesOf = (names: readonly string[]): string => {
  const more = names.length > NAMED ? ` and ${number(names.length - NAMED)} more` : '';
  return `${names.slice(0, NAMED).join(', ')}${more}`;
};
