import { amount, dollars } from './format.ts';
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
