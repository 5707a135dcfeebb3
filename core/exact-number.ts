import { InvalidEventError, unlessInvalid } from './invalid-event.ts';
import { NUMBER } from './limits.ts';

/** A JSON number that a double cannot give back, such as an integer beyond 2^53. */
export class ExactNumber {
  /** Its decimal digits, the same for the same value, as DynamoDB takes them: `12345678901234567890.5`, `1.5E-99`. */
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  toString(): string {
    return this.text;
  }

  toJSON(): string {
    return this.text;
  }
}

/**
 * Reads a number as JSON writes it: a double where that gives back its value, all of its digits otherwise.
 *
 * @throws {InvalidEventError} NumberOutOfRange where DynamoDB holds no such number
 */
export const exactNumber = (text: string): number | ExactNumber => {
  const value = Number(text);
  // As JavaScript writes it: up to 17 digits, and without an exponent between 1E-6 and 1E+21.
  if (String(value) === text && !text.includes('e')) return value;
  const { digits, magnitude } = decimalOf(text);
  if (digits.length > NUMBER.digits)
    throw outOfRange(`a number has ${digits.length} significant digits`, `at most ${NUMBER.digits}`);
  if (digits !== '' && (magnitude > NUMBER.mostExponent || magnitude < NUMBER.leastExponent))
    throw outOfRange(
      'a number is too large or too small',
      `1E${NUMBER.leastExponent} to 1E+${NUMBER.mostExponent + 1}`,
    );
  const kept = decimalOf(String(value));
  if (kept.digits === digits && kept.magnitude === magnitude) return value;
  return new ExactNumber(`${value < 0 ? '-' : ''}${written(digits, magnitude)}`);
};

/** Reads a number as {@link exactNumber} does; where DynamoDB holds no such number, it is as it is written. */
export const anyNumber = (text: string): number | ExactNumber =>
  unlessInvalid(() => exactNumber(text)) ?? new ExactNumber(text);

const outOfRange = (found: string, expected: string): InvalidEventError =>
  new InvalidEventError('NumberOutOfRange', `${found}; expected what DynamoDB holds: ${expected}`);

interface Decimal {
  /** Without the zeros at either end. Empty for 0. */
  digits: string;
  /** The power of ten of the first digit. */
  magnitude: number;
}

/** The value of a number's text, whatever its sign. */
const decimalOf = (text: string): Decimal => {
  const [mantissa = '', exponent = '0'] = text.split(/[eE]/);
  const [whole = '', fraction = ''] = (mantissa.startsWith('-') ? mantissa.slice(1) : mantissa).split('.');
  const all = whole + fraction;
  let first = 0;
  while (all[first] === '0') first += 1;
  if (first === all.length) return { digits: '', magnitude: 0 };
  let end = all.length;
  while (all[end - 1] === '0') end -= 1;
  return { digits: all.slice(first, end), magnitude: whole.length - 1 - first + Number(exponent) };
};

/** As people write it; with an exponent where it would need more than 38 places. */
const written = (digits: string, magnitude: number): string => {
  if (Math.abs(magnitude) >= NUMBER.digits)
    return `${digits[0]}${digits.length > 1 ? '.' : ''}${digits.slice(1)}E${magnitude}`;
  if (magnitude < 0) return `0.${'0'.repeat(-magnitude - 1)}${digits}`;
  const whole = digits.slice(0, magnitude + 1).padEnd(magnitude + 1, '0');
  const fraction = digits.slice(magnitude + 1);
  return fraction === '' ? whole : `${whole}.${fraction}`;
};
