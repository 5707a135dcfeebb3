import type { Writable } from 'node:stream';

/** One line that says how far the work is. */
export interface Progress {
  /** Shows the line, at most ten times a second; `line` is called only then. */
  show: (line: () => string) => void;
  /** A line that stays, above the progress line. */
  say: (line: string) => void;
  /** Removes the progress line. */
  end: () => void;
}

/** On a terminal the line is rewritten in place; in a log a new one is written every two seconds. */
export const progressOn = (output: Writable & { isTTY?: boolean }, now: () => number): Progress => {
  const intervalMs = output.isTTY ? 100 : 2_000;
  let last = output.isTTY ? Number.NEGATIVE_INFINITY : now();
  let shown = false;
  const clear = (): void => {
    if (shown) output.write('\r\x1b[K');
    shown = false;
  };
  return {
    show: (line) => {
      if (now() - last < intervalMs) return;
      last = now();
      output.write(output.isTTY ? `\r\x1b[K${line()}` : `${line()}\n`);
      shown = output.isTTY ?? false;
    },
    say: (line) => {
      clear();
      output.write(`${line}\n`);
    },
    end: clear,
  };
};

/** `1,234,567`, in every locale. */
export const number = (value: number): string => value.toLocaleString('en-US');

/** `1 event`, `2 events`. */
export const count = (value: number, one: string): string => `${number(value)} ${one}${value === 1 ? '' : 's'}`;
