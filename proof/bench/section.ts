import { textTable } from '../../cli/text-table.ts';

/** One part of the benchmark: how it measures, what it shows of that, and what the figures should be. */
export interface Section<Extent, Result> {
  title: string;
  /** How much is measured, and how much in a quick run with less certain figures. */
  full: Extent;
  quick: Extent;
  /** Measured once, however many runs there are: it shows a shape, or is the same each time. */
  once?: true;
  /** Runs in a process of its own. */
  measure: (extent: Extent) => Promise<Result>;
  tables: (result: Result) => Table[];
  aims: (result: Result) => Aim[];
}

/** Figures under their headings, for the screen and for docs/performance.md. Every run has the same rows. */
export interface Table {
  /** By which the page names it. */
  name: string;
  /** What is measured, and how. */
  title: string;
  headings: readonly string[];
  rows: readonly Row[];
}

export type Row = readonly [name: string, ...cells: Cell[]];

/** A number, and how it is written. */
export interface Cell {
  value: number;
  shown: (value: number) => string;
}

/** @param shown by default with about three digits */
export const cell = (value: number, shown: Cell['shown'] = figure): Cell => ({ value, shown });

/** Where a row has no such figure. */
export const NOT_MEASURED: Cell = cell(Number.NaN, () => '–');

/** The same figure of several runs: `9.12`, or `9.12–9.80`. */
export const rangeOf = (cells: readonly Cell[]): string => {
  const values = cells.map(({ value }) => value);
  const [least, most] = [Math.min(...values), Math.max(...values)].map(cells[0]!.shown) as [string, string];
  return least === most ? least : `${least}–${most}`;
};

/** The tables of one run. */
export const showTables = (tables: readonly Table[]): string[] =>
  tables.flatMap(({ title, headings, rows }, index) => [
    ...(index > 0 ? [''] : []),
    title,
    ...aligned(
      headings,
      rows.map(([name, ...cells]) => [name, ...cells.map((one) => rangeOf([one]))]),
    ),
  ]);

/** A figure of the benchmark, and what it should be. */
export interface Aim {
  name: string;
  found: number;
  /** The figure must be this large, or this small. */
  atLeast?: number;
  atMost?: number;
}

/** A figure that could not be found, NaN, meets no aim. */
export const isMet = ({ found, atLeast = Number.NEGATIVE_INFINITY, atMost = Number.POSITIVE_INFINITY }: Aim): boolean =>
  found >= atLeast && found <= atMost;

/** A line for each aim: what was found, what it must be, and whether that is met. */
export const showAims = (aims: readonly Aim[]): string[] =>
  aligned(
    ['', 'found', 'aim', ''],
    aims.map((aim) => [aim.name, figure(aim.found), boundOf(aim), isMet(aim) ? 'met' : 'not met']),
  );

/** `at most 2` */
export const boundOf = ({ atLeast, atMost }: Aim): string =>
  atLeast === undefined ? `at most ${atMost}` : `at least ${atLeast}`;

/** `12,346` */
export const count = (value: number): string => Math.round(value).toLocaleString('en-US');

/** With about three digits: `1.25`, `12.5`, `1,250`. */
export const figure = (value: number): string =>
  value < 10 ? value.toFixed(2) : value < 100 ? value.toFixed(1) : count(value);

/** `12 MB` */
export const megabytes = (bytes: number): string => `${count(bytes / 1e6)} MB`;

/** `25 %` of 0.25 */
export const percent = (share: number): string => `${count(share * 100)} %`;

const aligned = (headings: readonly string[], rows: readonly (readonly string[])[]): string[] =>
  textTable(
    headings.map((name) => ({ name, columns: 70 })),
    rows,
  );
