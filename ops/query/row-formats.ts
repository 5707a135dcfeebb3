import { type Column, textTable } from '../../cli/text-table.ts';
import { ATTRIBUTES } from '../../core/event-data.ts';
import { writeExactJson } from '../../core/exact-json.ts';
import { printable } from '../../core/printable.ts';
import type { QueryOptions } from './query-options.ts';
import type { Row } from './read-rows.ts';

/** How rows are printed. */
export interface RowFormat {
  /** Printed once, before the first row. */
  heading: string;
  /** A row with its line end. */
  row: (row: Row) => string;
}

/**
 * The format of a query's output.
 *
 * @param columns of the terminal that shows it; undefined where it goes elsewhere
 * @param isOneKey whether all rows have the Username that was asked for
 */
export const formatOf = (format: QueryOptions['format'], columns: number | undefined, isOneKey: boolean): RowFormat => {
  if (format === 'json') return { heading: '', row: jsonLine };
  if (format === 'csv') {
    const line = (cells: readonly string[]): string => csvLine(cells, columns !== undefined);
    return { heading: line(ATTRIBUTES), row: (row) => line(ATTRIBUTES.map((name) => textOf(row[name]))) };
  }
  return textFormat(columns ?? 80, isOneKey);
};

/** As one JSON object, the usual attributes first. All that is escaped lies inside of texts, so it stays the same JSON. */
const jsonLine = (row: Row): string => {
  const usual = ATTRIBUTES.filter((name) => row[name] !== undefined).map((name) => [name, row[name]]);
  return `${printable(writeExactJson({ ...Object.fromEntries(usual), ...row }))}\n`;
};

/** A text as it is, everything else as JSON. */
const textOf = (value: unknown): string => {
  if (value === undefined) return '';
  return typeof value === 'string' ? value : writeExactJson(value);
};

/** A spreadsheet runs a cell that begins so, in some languages also one of full width. https://owasp.org/www-community/attacks/CSV_Injection */
const FORMULA = /^[=+\-@＝＋－＠\t\r\n\0]/;
const DECIMAL = /^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/** A line of CSV with its line end, as a terminal may show it or byte for byte. */
export const csvLine = (cells: readonly string[], isOnTerminal: boolean): string => {
  const line = cells.map(csvCell).join();
  return `${isOnTerminal ? printable(line) : line}\r\n`;
};

/** A cell of CSV that every reader takes and no spreadsheet runs. https://www.rfc-editor.org/rfc/rfc4180#section-2 */
const csvCell = (text: string): string => {
  const safe = FORMULA.test(text) && !DECIMAL.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
};

/** Columns of fixed widths, since the rows to come are not known yet. The last has what is left of the line. */
const textFormat = (width: number, isOneKey: boolean): RowFormat => {
  // A Username that was asked for is the same in each row.
  const fixed = isOneKey ? [14, 19, 11] : [12, 13, 19, 11];
  const left = fixed.reduce((rest, columns) => rest - columns - '  '.length, width);
  const columns = ['Username', 'Id', 'Timestamp', 'Type', 'Message or Data']
    .slice(isOneKey ? 1 : 0)
    .map((name, index): Column => ({ name, columns: fixed[index] ?? Math.max(14, left), isFixed: true }));
  return {
    heading: `${textTable(columns, []).join('\n')}\n`,
    row: ({ Username, Id, Timestamp, Type, Message, Data }) => {
      const [at, id] = [textOf(Timestamp), textOf(Id)];
      // Many an Id begins with the time of its row, which is in the next column, so that a Query sorts by it.
      const shownId = at && id.startsWith(`${at} `) ? `…${id.slice(at.length + 1)}` : id;
      // To the second.
      const time = at.slice(0, 19).replace('T', ' ');
      const cells = [shownId, time, textOf(Type), textOf(Message ?? Data)];
      return `${textTable(columns, [isOneKey ? cells : [textOf(Username), ...cells]]).at(-1)}\n`;
    },
  };
};
