import type { Writable } from 'node:stream';
import type { Clock } from '../core/clock.ts';
import type { Environment } from './environment.ts';
import { duration } from './numbers.ts';
import { printableLines } from './shown.ts';
import { isTerminal, type Output } from './terminal.ts';

/** A line that shows how far the work is, and the lines above it. */
export interface Progress {
  /** Shows the line, unless it was shown a moment ago; `line` is called only then. */
  show: (line: () => string) => void;
  /** A line that stays, above the progress line. Control characters in it are shown as escapes. */
  say: (line: string) => void;
  /** Removes the progress line. */
  end: () => void;
}

export interface ProgressOptions {
  env?: Environment;
  /** Starts each line of a log with its time: for commands that run for days. */
  hasTimes?: boolean;
}

/** How often the line of a terminal is rewritten. Milliseconds. */
const REWRITE_MS = 100;

/** When a log gets its first line, and how often one after that. Milliseconds. */
const LOG_MS = { first: 2_000, next: 10_000 };

/** Columns of a terminal that does not tell its own. */
const COLUMNS = 80;

/**
 * On a terminal one line is rewritten in place, as wide as the terminal at that moment. Anywhere else lines are written one
 * after another, without any escape code: one after two seconds, then one every ten.
 *
 * @param clock milliseconds since 1970
 */
export const progressOn = (
  output: Writable & Output,
  clock: Pick<Clock, 'now'>,
  { env = process.env, hasTimes = false }: ProgressOptions = {},
): Progress => {
  const isInPlace = isTerminal(output, env);
  const stamp = (line: string): string =>
    hasTimes && !isInPlace ? `${new Date(clock.now()).toISOString().slice(0, 19)}Z ${line}` : line;
  let next = isInPlace ? Number.NEGATIVE_INFINITY : clock.now() + LOG_MS.first;
  let isShown = false;
  const clear = (): void => {
    if (isShown) output.write('\r\x1b[K');
    isShown = false;
  };
  return {
    show: (line) => {
      const now = clock.now();
      if (now < next) return;
      next = now + (isInPlace ? REWRITE_MS : LOG_MS.next);
      // A line that reaches the last column may wrap and become two lines.
      output.write(
        isInPlace
          ? `\r\x1b[K${fitInto(printableLines(line()), (output.columns || COLUMNS) - 1)}`
          : `${stamp(printableLines(line()))}\n`,
      );
      isShown = isInPlace;
    },
    say: (line) => {
      clear();
      output.write(`${stamp(printableLines(line))}\n`);
    },
    end: clear,
  };
};

/**
 * Fits a progress line into a number of columns: leaves out its last parts, and cuts a part only where it is the only one. Each
 * character must be one column wide, as in numbers and plain words.
 */
export const fitInto = (line: string, columns: number): string => {
  let fitting = line;
  while (fitting.length > columns && fitting.includes(', ')) fitting = fitting.slice(0, fitting.lastIndexOf(', '));
  return fitting.slice(0, Math.max(0, columns));
};

/**
 * How much of a file is read, and how long the rest will take: `42 %, 3 min left`.
 *
 * @param file bytes: where this run began, how far it is read, and how many there are
 * @param elapsedMs milliseconds since the run began; before the first second there is no estimate
 */
export const percentAndTimeLeft = (
  { start, readTo, size }: { start: number; readTo: number; size: number },
  elapsedMs: number,
): string => {
  const percent = `${Math.min(100, Math.floor((readTo / size) * 100))} %`;
  if (elapsedMs < 1_000 || readTo <= start || readTo >= size) return percent;
  return `${percent}, ${duration((elapsedMs * (size - readTo)) / (readTo - start))} left`;
};
