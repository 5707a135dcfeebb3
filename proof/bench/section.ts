import { textTable } from '../../cli/text-table.ts';

/** One part of the benchmark: how it measures, what it shows of that, and what the figures should be. */
export interface Section<Extent, Result> {
  title: string;
  /** How much is measured, and how much in a quick run with less certain figures. */
  full: Extent;
  quick: Extent;
  /** Runs in a process of its own. */
  measure: (extent: Extent) => Promise<Result>;
  show: (result: Result) => string[];
  aims: (result: Result) => Aim[];
}

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

export const showAims = (aims: readonly Aim[]): string[] =>
  table(
    ['', 'found', 'aim', ''],
    aims.map((aim) => [
      aim.name,
      figure(aim.found),
      aim.atLeast === undefined ? `at most ${aim.atMost}` : `at least ${aim.atLeast}`,
      isMet(aim) ? 'met' : 'not met',
    ]),
  );

/** `12,346` */
export const count = (value: number): string => Math.round(value).toLocaleString('en-US');

/** With about three digits: `1.25`, `12.5`, `1,250`. */
export const figure = (value: number): string =>
  value < 10 ? value.toFixed(2) : value < 100 ? value.toFixed(1) : count(value);

export const megabytes = (bytes: number): string => `${count(bytes / 1e6)} MB`;

export const percent = (share: number): string => `${count(share * 100)} %`;

/** Rows under their headings. */
export const table = (headings: readonly string[], rows: readonly (readonly string[])[]): string[] =>
  textTable(
    headings.map((name) => ({ name, columns: 70 })),
    rows,
  );
