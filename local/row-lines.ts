import stringWidth from 'string-width';
import { count } from '../cli/numbers.ts';
import { clipped, textTable } from '../cli/text-table.ts';
import type { EventData } from '../core/event-data.ts';
import { writeExactJson } from '../core/exact-json.ts';

/** The columns of the table, without the last: that one gets what is left of the line. */
const COLUMNS = [
  { name: 'Username', columns: 16 },
  { name: 'Id', columns: 14 },
  { name: 'Timestamp', columns: 16 },
];

/**
 * Rows of EventData as a table that no terminal wraps.
 *
 * @param width columns of the terminal
 */
export const rowLines = (sample: readonly EventData[], width: number): string[] => {
  const rows = sample.map(cellsOf);
  const widths = COLUMNS.map(({ name, columns }, index) =>
    Math.max(stringWidth(name), ...rows.map((row) => stringWidth(clipped(row[index] ?? '', columns)))),
  );
  const left = widths.reduce((rest, width) => rest - width - '  '.length, width - '  '.length);
  const contents = [
    ...(sample.some(({ Message }) => Message !== undefined) ? ['Message'] : []),
    ...(sample.some(({ Message }) => Message === undefined) ? ['Data'] : []),
  ].join(' or ');
  return textTable([...COLUMNS, { name: contents, columns: left }], rows).map((line) => `  ${line}`);
};

const cellsOf = ({ Username, Id, Timestamp, Message, Data }: EventData): string[] => [
  Username,
  Id,
  // To the minute.
  Timestamp.slice(0, 16).replace('T', ' '),
  Message ?? textOf(Data),
];

/** Bytes show as what they are. All other data shows as its JSON, with every digit of its numbers. */
const textOf = (data: unknown): string =>
  data instanceof Uint8Array
    ? `${count(data.length, 'byte')} ${Buffer.from(data).toString('base64')}`
    : data === undefined
      ? ''
      : writeExactJson(data);
