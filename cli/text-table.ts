import stringWidth from 'string-width';
import { printable } from '../core/printable.ts';

const GRAPHEMES = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** A text of which nothing is seen. */
const BLANK = /^[\s\p{Default_Ignorable_Code_Point}]+$/u;

/** No character that people write is longer, in UTF-16: the longest emoji are families. Marks without end would cover the lines around. */
const LONGEST = 32;

/** A text whose characters take a column each: most texts are, and none of their characters has to be looked at. */
const NARROW = /^[ -~]*$/;

/** A text and the columns that it takes, which are measured once. */
interface Cell {
  text: string;
  width: number;
}

const cellOf = (text: string): Cell => ({ text, width: stringWidth(text) });

/**
 * The text on one line and in at most so many columns of a terminal, where emoji and CJK characters take two. Control characters
 * are shown as escapes, and a text of which nothing would be seen is in quotes. A text is also cut where far more is in it than is seen.
 */
export const clipped = (text: string, columns: number): string => clippedCell(text, columns).text;

const cut = ({ text, width }: Cell): Cell => ({ text: `${text}…`, width: width + 1 });

const clippedCell = (text: string, columns: number): Cell => {
  const single = text.replace(/\s+/g, ' ');
  const line = printable(BLANK.test(text) ? `"${single}"` : single.trim());
  // No character takes more than two.
  if (2 * line.length <= columns) return cellOf(line);
  if (NARROW.test(line))
    return line.length <= columns ? cellOf(line) : cut(cellOf(line.slice(0, Math.max(0, columns - 1))));
  let begun = { text: '', width: 0 };
  let width = 0;
  const beginning = line.slice(0, LONGEST * columns);
  for (const { segment } of GRAPHEMES.segment(beginning)) {
    width += stringWidth(segment);
    if (width > columns || segment.length > LONGEST) return cut(begun);
    if (width < columns) begun = { text: begun.text + segment, width };
  }
  return beginning === line ? { text: line, width } : cut(begun);
};

/** First strong isolate and its end: a right-to-left text must not reverse the columns next to it. */
const isolated = (text: string): string => `\u2068${text}\u2069`;

/**
 * Where Unicode has the scripts that are written from right to left, from Hebrew and Arabic to N'Ko and Adlam, and will have those to come.
 * https://www.unicode.org/Public/UCD/latest/ucd/extracted/DerivedBidiClass.txt
 */
const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;

/** One column of a table. */
export interface Column {
  /** Its heading. A table whose columns have none is printed without. */
  name: string;
  /** The most that it may be wide; wider texts are clipped. @default as wide as its widest text */
  columns?: number;
  /** It is as wide as it may be, whatever is in it: for rows that are printed one after another. @default as wide as its widest text */
  isFixed?: boolean;
  /** Numbers are aligned to the right. @default to the left */
  isRight?: boolean;
}

/** Rows in aligned columns under their headings. Columns are as wide as their widest text, at most as wide as given. */
export const textTable = (headings: readonly Column[], rows: readonly (readonly string[])[]): string[] => {
  const names = headings.map(({ name }) => cellOf(name));
  const cells = rows.map((row) => row.map((text, index) => clippedCell(text, headings[index]?.columns ?? Infinity)));
  const widths = names.map(({ width }, index) => {
    const { columns = 0, isFixed = false } = headings[index]!;
    return Math.max(width, isFixed ? columns : 0, ...cells.map((row) => row[index]?.width ?? 0));
  });
  const line = (row: readonly Cell[]): string =>
    row
      .map(({ text, width }, index) => {
        const padding = ' '.repeat((widths[index] ?? 0) - width);
        const safe = RIGHT_TO_LEFT.test(text) ? isolated(text) : text;
        return headings[index]?.isRight ? padding + safe : safe + padding;
      })
      .join('  ')
      .trimEnd();
  const hasHeadings = headings.some(({ name }) => name !== '');
  const above = [line(names), line(widths.map((width) => ({ text: '─'.repeat(width), width })))];
  return [...(hasHeadings ? above : []), ...cells.map(line)];
};
