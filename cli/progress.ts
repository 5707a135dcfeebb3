import type { Writable } from 'node:stream';
import type { Environment } from './environment.ts';
import { isTerminal, type Output } from './terminal.ts';

/** One line that says how far the work is. */
export interface Progress {
  /** Shows the line, unless it was shown a moment ago; `line` is called only then. */
  show: (line: () => string) => void;
  /** A line that stays, above the progress line. */
  say: (line: string) => void;
  /** Removes the progress line. */
  end: () => void;
}

export interface ProgressOptions {
  env?: Environment;
  /** Begins the lines of a log with their time: for what runs for days. */
  hasTimes?: boolean;
}

/** How often the line of a terminal is rewritten. Milliseconds. */
const REWRITE_MS = 100;

/** A log gets its first line soon, as a sign of life, and then few of them. Milliseconds. */
const LOG_MS = { first: 2_000, next: 10_000 };

/** Columns of a terminal that does not say. */
const COLUMNS = 80;

/**
 * On a terminal one line is rewritten in place, as wide as the terminal at that moment. Anywhere else lines are written one
 * after another, without any escape code: one after two seconds, then one every ten.
 *
 * @param now milliseconds since 1970
 */
export const progressOn = (
  output: Writable & Output,
  now: () => number,
  { env = process.env, hasTimes = false }: ProgressOptions = {},
): Progress => {
  const isInPlace = isTerminal(output, env);
  const stamp = (line: string): string =>
    hasTimes && !isInPlace ? `${new Date(now()).toISOString().slice(0, 19)}Z ${line}` : line;
  let next = isInPlace ? Number.NEGATIVE_INFINITY : now() + LOG_MS.first;
  let isShown = false;
  const clear = (): void => {
    if (isShown) output.write('\r\x1b[K');
    isShown = false;
  };
  return {
    show: (line) => {
      if (now() < next) return;
      next = now() + (isInPlace ? REWRITE_MS : LOG_MS.next);
      // A line that reaches the last column may wrap, and then it is not one line any more.
      output.write(isInPlace ? `\r\x1b[K${fitInto(line(), (output.columns || COLUMNS) - 1)}` : `${stamp(line())}\n`);
      isShown = isInPlace;
    },
    say: (line) => {
      clear();
      output.write(`${stamp(line)}\n`);
    },
    end: clear,
  };
};

/**
 * A progress line in so many columns: the last of its parts are left out, and only a single part is cut. Every character of it
 * must be one column wide, as those of numbers and plain words are.
 */
export const fitInto = (line: string, columns: number): string => {
  let fitting = line;
  while (fitting.length > columns && fitting.includes(', ')) fitting = fitting.slice(0, fitting.lastIndexOf(', '));
  return fitting.slice(0, Math.max(0, columns));
};
