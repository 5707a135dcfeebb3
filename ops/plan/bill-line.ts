import type { Price } from './prices.ts';

/** One line of the bill. */
export interface Line {
  name: string;
  /** What was multiplied, such as `1,000/s × 86,400 s × 30 d × 1 WU × $0.625/M WU`. */
  arithmetic: string;
  /** To the cent. */
  dollars: number;
}

/** A number and the unit that is written behind it. */
export type Factor = readonly [value: number, unit: string];

/** A line of the bill: the product of the factors and the price. */
export const lineOf = (name: string, factors: readonly Factor[], price: Price): Line => {
  const product = factors.reduce((sum, [value]) => sum * value, price.dollars / price.per);
  const shown = factors.map(([value, unit]) => `${amount(value)}${unit}`);
  return {
    name,
    arithmetic: [...shown, `$${amount(price.dollars)}${price.unit}`].join(' × '),
    dollars: Math.round(product * 100) / 100,
  };
};

/** The sum of lines, which is exact to the cent. */
export const totalOf = (lines: readonly Line[]): number =>
  lines.reduce((cents, line) => cents + Math.round(line.dollars * 100), 0) / 100;

/** A line as it is read aloud: the product and what it comes to. */
export const arithmeticOf = ({ arithmetic, dollars: sum }: Line): string => `${arithmetic} = ${dollars(sum)}`;

// Made once: a format takes a hundred times as long to make as to use.
const LARGE = new Intl.NumberFormat('en-US', { maximumFractionDigits: 2 });
const SMALL = new Intl.NumberFormat('en-US', { maximumSignificantDigits: 6 });
const MONEY = new Intl.NumberFormat('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 });

/** A number for people: whole from 100 on, otherwise with the digits that matter. */
export const amount = (value: number): string => (Math.abs(value) >= 100 ? LARGE : SMALL).format(value);

/** `$1,234.50` */
export const dollars = (value: number): string => `$${MONEY.format(value)}`;

/** A word with its number: `1 shard`, `2 shards`. */
export const count = (value: number, word: string): string => `${amount(value)} ${word}${value === 1 ? '' : 's'}`;
