import { textTable } from '../../cli/text-table.ts';

/** `12,346` */
export const count = (value: number): string => Math.round(value).toLocaleString('en-US');

/** With about three digits: `1.25`, `12.5`, `1,250`. */
export const figure = (value: number): string =>
  value < 10 ? value.toFixed(2) : value < 100 ? value.toFixed(1) : count(value);

export const megabytes = (bytes: number): string => `${count(bytes / 1e6)} MB`;

export const kilobytes = (bytes: number): string => `${count(bytes / 1024)} KB`;

export const percent = (share: number): string => `${count(share * 100)} %`;

/** Rows under their headings, all of them short. */
export const table = (headings: readonly string[], rows: readonly (readonly string[])[]): string[] =>
  textTable(
    headings.map((name) => ({ name, columns: 70 })),
    rows,
  );
