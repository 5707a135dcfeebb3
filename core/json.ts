import { ExactNumber } from './exact-number.ts';
import { printable } from './printable.ts';
import { shortened } from './shortened.ts';

/** A JSON value. A number that a double cannot give back is an {@link ExactNumber} where its digits count. */
export type JsonValue = string | number | ExactNumber | boolean | null | JsonValue[] | JsonObject;
export type JsonObject = { [key: string]: JsonValue };

/** An object of JSON: neither null nor an array. */
export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof ExactNumber);

/** A text that is not empty. */
export const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';

/** Whether it is a number, whether or not a double can hold all of its digits. */
export const isNumber = (value: unknown): value is number | ExactNumber =>
  typeof value === 'number' || value instanceof ExactNumber;

/** Neither absent nor null. */
export const isPresent = <T>(value: T): value is NonNullable<T> => value !== undefined && value !== null;

/** The value that a text in JSON has; `undefined` where it is not JSON. For text without numbers that a double cannot give back. */
export const parsedJson = (text: string): JsonValue | undefined => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/** The field of a value that may be an object, such as Data of a row. */
export const fieldOf = (value: JsonValue | Uint8Array | undefined, name: string): JsonValue | undefined =>
  isObject(value) ? value[name] : undefined;

/** The objects in a list; none in anything else. */
export const objectsIn = (list: JsonValue | undefined): JsonObject[] =>
  Array.isArray(list) ? list.filter(isObject) : [];

/**
 * The text of a text, a number, true or false; `undefined` for everything else. An array or an object has none that is worth having,
 * and one with a field named `toString` throws where it is put into a text.
 */
export const scalarText = (value: JsonValue | undefined): string | undefined =>
  isPresent(value) && (typeof value !== 'object' || value instanceof ExactNumber) ? String(value) : undefined;

/** Whether a field says yes. Databases write 1 for true, and what was CSV or XML has texts. */
export const isTrue = (value: JsonValue | undefined): boolean => /^(?:true|1)$/i.test(scalarText(value) ?? '');

/** What kind of value this is, for messages that must not quote it: `a text of 12 characters`, `a number`, `nothing`. */
export const kindOf = (value: unknown): string => {
  if (isText(value)) return `a text of ${value.length} ${value.length === 1 ? 'character' : 'characters'}`;
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (value === '') return 'an empty text';
  if (Array.isArray(value)) return 'an array';
  if (value instanceof ExactNumber) return 'a number with more digits than a double keeps';
  const type = typeof value;
  // Where a finite number is expected, a number is no news.
  if (type === 'number' && !Number.isFinite(value)) return String(value);
  return `${type === 'object' ? 'an' : 'a'} ${type}`;
};

/** A value for a message that may quote it, such as a setting: a text in quotes and cut short, otherwise its kind. */
export const shown = (value: unknown): string =>
  isText(value) ? printable(JSON.stringify(shortened(value, 80))) : kindOf(value);
