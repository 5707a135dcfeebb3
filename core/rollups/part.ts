import { defined } from '../defined.ts';
import { add, compare, type Decimal, negated, ZERO } from './decimal.ts';

/** What a rollup knows of one named number. */
export interface Figures {
  /** Rows that have the number. */
  count: number;
  sum: Decimal;
  /** The least, greatest and last that were ever added. They cannot be taken back: they may be of a row that was replaced or deleted. */
  min?: Decimal;
  max?: Decimal;
  last?: Last;
}

export interface Last {
  value: Decimal;
  /** Event time, ISO 8601. */
  at: string;
  /** The change that brought it. Of two values of one time the later change has the last. */
  sequence: string;
}

/** What a rollup knows of a group in a window. */
export interface Totals {
  /** Rows. A part counts below 0 where another part counted the rows that were taken out here. */
  count: number;
  values: ReadonlyMap<string, Figures>;
}

/** What one shard of the change stream contributed. */
export interface Part extends Totals {
  /** The last change in it, padded. Changes up to it are in the part. */
  through: string;
  /** What it would be if the rollup were made anew, while a rebuild is on. */
  rebuilt?: Rebuilt;
}

/** The rows that a rebuild has reached, as a part counts them. */
export interface Rebuilt extends Omit<Part, 'rebuilt'> {
  /** Of the rebuild. */
  id: string;
}

/** What one image of a change adds to a part, or takes out of it. */
export interface Entry {
  /** Of its change, padded. */
  sequence: string;
  sign: 1 | -1;
  /** Event time, ISO 8601. */
  at: string;
  values: readonly (readonly [name: string, value: Decimal])[];
}

export const NOTHING: Totals = { count: 0, values: new Map() };

/** The digits of a sequence number: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_StreamRecord.html */
const SEQUENCE_DIGITS = 40;

/** A sequence number as text that sorts by its value. */
export const padded = (sequenceNumber: string): string => sequenceNumber.padStart(SEQUENCE_DIGITS, '0');

/**
 * Adds the changes that are newer than the part. Changes that it holds already were delivered again and are skipped.
 *
 * @param entries of one shard, in the order of their changes
 * @returns the part, and how many entries were skipped; no part where all of them were
 */
export const merge = (part: Part | undefined, entries: readonly Entry[]): { part?: Part; skipped: number } => {
  const through = part?.through ?? '';
  // The entries of one change share its number, so each is compared with what the part held before.
  const newer = entries.filter(({ sequence }) => sequence > through);
  const skipped = entries.length - newer.length;
  const last = newer.at(-1);
  return last ? { part: { ...totalsOf(newer, part), through: last.sequence }, skipped } : { skipped };
};

/** The `through` of what a rebuild makes of a part that has no room for it. No change is newer, so it stays as it is. */
const NO_ROOM = '9'.repeat(SEQUENCE_DIGITS);

/** Whether a rebuild has all of a part. */
export const isWhole = ({ through }: Rebuilt): boolean => through !== NO_ROOM;

/** What a change adds to what a rebuild makes of a part. */
export interface Rebuilding {
  /** Of the rebuild. */
  id: string;
  /** As {@link merge} takes them. Nothing where the part has no room for what the rebuild makes of it. */
  entries: readonly Entry[] | undefined;
}

/**
 * The same while a rebuild is on: the part goes on as always, and next to it, with a `through` of its own, grows what the rebuild
 * makes of it.
 */
export const mergeBoth = (
  part: Part | undefined,
  entries: readonly Entry[],
  { id, entries: anew }: Rebuilding,
): ReturnType<typeof merge> => {
  const known = part?.rebuilt?.id === id ? part.rebuilt : undefined;
  const { part: next, skipped } = merge(part, entries);
  const { part: rebuilt } = anew ? merge(known, anew) : { part: { ...NOTHING, through: NO_ROOM } };
  if (!next && !rebuilt) return { skipped };
  const { count, values, through } = next ?? part ?? { ...NOTHING, through: padded('') };
  return { part: { count, values, through, ...defined({ rebuilt: rebuilt ? { ...rebuilt, id } : known }) }, skipped };
};

/** Adds entries up. */
export const totalsOf = (entries: Iterable<Entry>, { count, values }: Totals = NOTHING): Totals => {
  const all = new Map(values);
  let rows = count;
  for (const entry of entries) {
    rows += entry.sign;
    for (const [name, value] of entry.values) all.set(name, joined(all.get(name), figuresOf(entry, value)));
  }
  return { count: rows, values: all };
};

/** What several parts of a group say together. */
export const combined = (a: Totals, b: Totals): Totals => {
  const values = new Map(a.values);
  for (const [name, figures] of b.values) values.set(name, joined(values.get(name), figures));
  return { count: a.count + b.count, values };
};

const figuresOf = ({ sign, at, sequence }: Entry, value: Decimal): Figures =>
  sign > 0
    ? { count: 1, sum: value, min: value, max: value, last: { value, at, sequence } }
    : { count: -1, sum: negated(value) };

const joined = (a: Figures = { count: 0, sum: ZERO }, b: Figures): Figures => {
  const figures: Figures = { count: a.count + b.count, sum: add(a.sum, b.sum) };
  const min = preferred(a.min, b.min, (one, other) => compare(one, other) <= 0);
  const max = preferred(a.max, b.max, (one, other) => compare(one, other) >= 0);
  const last = preferred(a.last, b.last, isLater);
  if (min) figures.min = min;
  if (max) figures.max = max;
  if (last) figures.last = last;
  return figures;
};

const preferred = <T>(a: T | undefined, b: T | undefined, isBetter: (a: T, b: T) => boolean): T | undefined => {
  if (a === undefined) return b;
  if (b === undefined) return a;
  return isBetter(a, b) ? a : b;
};

const isLater = (a: Last, b: Last): boolean => (a.at === b.at ? a.sequence >= b.sequence : a.at > b.at);
