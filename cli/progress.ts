import type { Writable } from 'node:stream';
import type { Clock } from '../core/clock.ts';
import type { Environment } from './environment.ts';
import { count, duration, number, rateOf } from './numbers.ts';
import { printableLines } from './shown.ts';
import { columnsOf, isTerminal, type Output } from './terminal.ts';

/** A line that shows how far the work is, and the lines above it. */
export interface Progress {
  /** Shows the line, unless it was shown a moment ago; `line` is called only then. */
  show: (line: () => string) => void;
  /** A line that stays, above the progress line. Control characters in it are shown as escapes. */
  say: (line: string) => void;
  /** Removes the progress line. */
  end: () => void;
  /** Keeps the line up to date while the work lasts, whether or not anything happens, and removes it then. */
  during: <Result>(line: () => string, work: () => Promise<Result>) => Promise<Result>;
}

export interface ProgressOptions {
  env?: Environment;
  /** Starts each line of a log with its time: for commands that run for days. */
  hasTimes?: boolean;
  /** Writes no progress into a log: for commands whose own lines tell how far they are. */
  isQuietInLog?: boolean;
}

/** How often the line of a terminal is rewritten. Milliseconds. */
const REWRITE_MS = 100;

/** How often the line is shown while nothing happens. Milliseconds. */
const HEARTBEAT_MS = 500;

/** When a log gets its first line, and how often one after that. Milliseconds. */
const LOG_MS = { first: 2_000, next: 10_000 };

/**
 * On a terminal one line is rewritten in place, as wide as the terminal at that moment. Anywhere else lines are written one
 * after another, without any escape code: one after two seconds, then one every ten.
 *
 * @param clock milliseconds since 1970
 */
export const progressOn = (
  output: Writable & Output,
  clock: Pick<Clock, 'now' | 'sleep'>,
  { env = process.env, hasTimes = false, isQuietInLog = false }: ProgressOptions = {},
): Progress => {
  const isInPlace = isTerminal(output, env);
  const stamp = (line: string): string =>
    hasTimes && !isInPlace ? `${new Date(clock.now()).toISOString().slice(0, 19)}Z ${line}` : line;
  const everyMs = isInPlace ? REWRITE_MS : LOG_MS.next;
  let next = isInPlace ? Number.NEGATIVE_INFINITY : clock.now() + LOG_MS.first;
  let isShown = false;
  const clear = (): void => {
    if (isShown) output.write('\r\x1b[K');
    isShown = false;
  };
  const show = (line: () => string): void => {
    const now = clock.now();
    // A time that is further away was set before the clock was set back.
    if ((isQuietInLog && !isInPlace) || (now < next && next <= now + everyMs)) return;
    next = now + everyMs;
    // A line that reaches the last column may wrap and become two lines.
    output.write(
      isInPlace
        ? `\r\x1b[K${fitInto(printableLines(line()), columnsOf(output) - 1)}`
        : `${stamp(printableLines(line()))}\n`,
    );
    isShown = isInPlace;
  };
  return {
    show,
    say: (line) => {
      clear();
      output.write(`${stamp(printableLines(line))}\n`);
    },
    end: clear,
    during: async (line, work) => {
      const over = new AbortController();
      const heartbeat = async (): Promise<void> => {
        while (!over.signal.aborted) {
          show(line);
          await clock.sleep(HEARTBEAT_MS, over.signal);
        }
      };
      const beating = heartbeat();
      try {
        return await work();
      } finally {
        over.abort();
        await beating;
        clear();
      }
    },
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

/** How far some work is, in whatever it is counted: events, rows, bytes. */
export interface Extent {
  /** Where this run began, where an earlier one had done a part. @default 0 */
  from?: number;
  done: number;
  total: number;
}

/**
 * How much is done, and how long the rest will take: `42 %, 3 min left`. There is no estimate in the first second, nor in the first
 * ten where less than a hundredth is done: it would jump.
 *
 * @param elapsedMs milliseconds since the run began
 */
export const percentAndTimeLeft = ({ from = 0, done, total }: Extent, elapsedMs: number): string => {
  const percent = `${total > 0 ? Math.min(100, Math.floor((done * 100) / total)) : 100} %`;
  if (elapsedMs < 1_000 || done <= from || done >= total) return percent;
  if (elapsedMs < 10_000 && (done - from) * 100 < total) return percent;
  return `${percent}, ${duration((elapsedMs * (total - done)) / (done - from))} left`;
};

/** One step of a longer work. */
export interface Step {
  /** How many are done. The one who does them counts them up. */
  done: number;
  /** `reading the rows: 42 %, 3 min left, 1,234 rows`; a rate where nobody knows how many there are, or more came than that. */
  line: () => string;
}

/** What a step counts, as in `row`; how many there are, where that is known or estimated; and how many were done before. */
export interface Counted {
  unit: string;
  total?: number | undefined;
  from?: number;
}

/** @param clock milliseconds; only differences matter */
export const beginStep = (name: string, clock: Pick<Clock, 'now'>, { unit, total, from = 0 }: Counted): Step => {
  const started = clock.now();
  const step: Step = {
    done: from,
    line: () => {
      const { done } = step;
      const elapsedMs = clock.now() - started;
      const counted = count(done, unit);
      if (total !== undefined && done <= total)
        return `${name}: ${percentAndTimeLeft({ from, done, total }, elapsedMs)}, ${counted}`;
      return `${name}: ${counted}, ${number(Math.round(rateOf(done - from, elapsedMs / 1000)))}/s`;
    },
  };
  return step;
};
