import stringWidth from 'string-width';
import { number } from './numbers.ts';
import { clipped, textTable } from './text-table.ts';

/** One line of a bar chart. */
export interface Bar {
  label: string;
  /** How long the bar is, next to the others. Where it is not above 0 there is none. */
  value: number;
  /** The value as it is printed. @default with commas between thousands */
  shown?: string;
  /** What stands between the value and the bar. */
  note?: string;
}

/** How much of a line a label may take. Longer ones are clipped. */
const LABEL_SHARE = 0.4;

const GAP = '  '.length;

/** A part of a column, in eighths: the last character of a bar. */
const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'] as const;

/**
 * Bars with their labels and values, a line each, in columns that line up whatever the script of the labels is.
 *
 * @param width columns of the terminal that the lines may take: the longest bar reaches there
 */
export const bars = (rows: readonly Bar[], width: number): string[] => {
  const lines = rows.map(({ label, value, shown = number(value), note = '' }) => ({
    label: clipped(label, Math.floor(width * LABEL_SHARE)),
    value,
    shown,
    note,
  }));
  const widest = (texts: readonly string[]): number => Math.max(0, ...texts.map((text) => stringWidth(text)));
  const columns = [
    { name: '', cells: lines.map(({ label }) => label) },
    { name: '', cells: lines.map(({ shown }) => shown), isRight: true },
    { name: '', cells: lines.map(({ note }) => note) },
  ].filter(({ cells }) => widest(cells) > 0);
  const taken = columns.reduce((sum, { cells }) => sum + widest(cells) + GAP, 0);
  const longest = Math.max(1, width - taken);
  const most = Math.max(0, ...rows.map(({ value }) => value));
  return textTable(
    [...columns, { name: '' }],
    lines.map(({ value }, index) => [...columns.map(({ cells }) => cells[index]!), bar(value, most, longest)]),
  );
};

/** A value above 0 shows, however small it is next to the largest. */
const bar = (value: number, most: number, columns: number): string => {
  if (value <= 0) return '';
  const eighths = Math.max(1, Math.round((value / most) * columns * 8));
  return '█'.repeat(Math.floor(eighths / 8)) + EIGHTHS[eighths % 8];
};
