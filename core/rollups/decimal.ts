import { ExactNumber } from '../exact-number.ts';
import { kindOf } from '../json.ts';

/** An exact decimal number: `units` divided by ten to the power of `scale`. Doubles would drift: 0.1 + 0.2 is not 0.3 for them. */
export interface Decimal {
  readonly units: bigint;
  /** Digits after the point, from 0. */
  readonly scale: number;
}

/** Whether a processor may put it into the values of a rollup: a finite number, or decimal digits as text such as `-12.50`. */
export const isDecimal = (value: unknown): value is number | string | ExactNumber =>
  typeof value === 'number'
    ? Number.isFinite(value)
    : value instanceof ExactNumber ||
      (typeof value === 'string' && value.length <= 64 && /^-?\d+(?:\.\d+)?$/.test(value));

/** As JSON writes a number. An exponent has no more digits than that of a double: ten to the power of millions would take minutes. */
const NUMBER = /^(-?\d+)(?:\.(\d+))?(?:[eE]([+-]?\d{1,3}))?$/;

/**
 * @param value a finite number, or text as JSON writes numbers. Of a double it takes the digits that JavaScript shows.
 * @throws {RangeError} where it is not; `isDecimal` tells
 */
export const decimal = (value: number | string | ExactNumber): Decimal => {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return { units: BigInt(value), scale: 0 };
  const parts = NUMBER.exec(String(value));
  if (!parts) throw new RangeError(`a decimal number is ${kindOf(value)}; expected digits such as 12.5`);
  const [, whole = '', fraction = '', exponent = '0'] = parts;
  const scale = fraction.length - Number(exponent);
  const units = BigInt(whole + fraction);
  return scale >= 0 ? { units, scale } : { units: units * powerOfTen(-scale), scale: 0 };
};

export const ZERO: Decimal = { units: 0n, scale: 0 };

/** The sum, with all of its digits. */
export const add = (a: Decimal, b: Decimal): Decimal => {
  const scale = Math.max(a.scale, b.scale);
  return { units: unitsAt(a, scale) + unitsAt(b, scale), scale };
};

/** The number with the other sign. */
export const negated = ({ units, scale }: Decimal): Decimal => ({ units: -units, scale });

/** Below 0 where `a` is less than `b`, above 0 where it is greater. */
export const compare = (a: Decimal, b: Decimal): number => {
  const scale = Math.max(a.scale, b.scale);
  const difference = unitsAt(a, scale) - unitsAt(b, scale);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
};

/** All of its digits, without an exponent, the same text for the same value: `-12.5`, `0`, `300`. */
export const decimalText = ({ units, scale }: Decimal): string => {
  const digits = String(units < 0n ? -units : units).padStart(scale + 1, '0');
  const whole = digits.slice(0, digits.length - scale);
  const fraction = digits.slice(digits.length - scale).replace(/(?<!0)0+$/, '');
  return `${units < 0n ? '-' : ''}${whole}${fraction === '' ? '' : `.${fraction}`}`;
};

const unitsAt = ({ units, scale }: Decimal, wanted: number): bigint =>
  scale === wanted ? units : units * powerOfTen(wanted - scale);

const powerOfTen = (exponent: number): bigint => 10n ** BigInt(exponent);
