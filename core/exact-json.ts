import { type anyNumber, ExactNumber, exactNumber } from './exact-number.ts';
import { InvalidEventError, unlessInvalid } from './invalid-event.ts';
import { isObject, type JsonObject, type JsonValue } from './json.ts';

/** Levels to follow. No row has as many, and no stack is too small for them. */
const MAX_LEVELS = 1_000;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const CLOSE_ARRAY = 0x5d;
const CLOSE_OBJECT = 0x7d;
const SPACE = 0x20;

/**
 * What JSON.parse may change: a number of sixteen digits or more, or with three in its exponent. No text begins after these
 * characters, but they may stand within one. Of millions of digits it takes the first ones: V8 has no memory to go back over all.
 */
const LONG_NUMBER = /[:,[\s]-?(\d[\d.]{15,40}(?:[eE][+-]?\d{1,40})?|\d[\d.]{0,14}[eE][+-]?\d{3,40})/g;

/** A number of more characters may be the beginning of one, or have more digits than DynamoDB holds. */
const WHOLE = 40;

/**
 * Whether JSON.parse may change a number of the text. A long number that a double gives back, such as 434.99999999999994, does not
 * count, nor does an id that is a text. A number within a text counts, so this says "maybe".
 *
 * @param text what JSON.parse has accepted already
 */
export const mayHoldExactNumbers = (text: string): boolean => {
  for (const [, number = ''] of text.matchAll(LONG_NUMBER)) if (number.length > WHOLE || !isDouble(number)) return true;
  return false;
};

const isDouble = (number: string): boolean => typeof unlessInvalid(() => exactNumber(number)) === 'number';

/**
 * Parses JSON like JSON.parse, with every number exact.
 *
 * @param text what JSON.parse has accepted already
 * @param numberOf what a number is that a double may not give back
 * @throws {InvalidEventError} NumberOutOfRange, by `numberOf`; TooDeep
 */
export const parseExactJson = (text: string, numberOf: typeof anyNumber = exactNumber): JsonValue => {
  let at = 0;
  let backslash = text.indexOf('\\');
  const skipSpace = (): number => {
    while (text.charCodeAt(at) <= SPACE) at += 1;
    return text.charCodeAt(at);
  };
  const readString = (): string => {
    const from = at;
    at = text.indexOf('"', from + 1) + 1;
    // Looked for once, and not for each text: most have none.
    if (backslash >= 0 && backslash < from) backslash = text.indexOf('\\', from);
    if (backslash < 0 || backslash > at) return text.slice(from + 1, at - 1);
    for (at = from + 1; text.charCodeAt(at) !== QUOTE; at += 1) if (text.charCodeAt(at) === BACKSLASH) at += 1;
    at += 1;
    return JSON.parse(text.slice(from, at));
  };
  const readArray = (level: number): JsonValue[] => {
    const array: JsonValue[] = [];
    for (at += 1; skipSpace() !== CLOSE_ARRAY; ) {
      array.push(readValue(level + 1));
      // Behind the comma; a closing bracket stays.
      if (skipSpace() !== CLOSE_ARRAY) at += 1;
    }
    at += 1;
    return array;
  };
  const readObject = (level: number): JsonObject => {
    const object: JsonObject = {};
    for (at += 1; skipSpace() !== CLOSE_OBJECT; ) {
      const name = readString();
      skipSpace();
      at += 1;
      const value = readValue(level + 1);
      // An assignment to this name would set the prototype.
      if (name === '__proto__')
        Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true });
      else object[name] = value;
      if (skipSpace() !== CLOSE_OBJECT) at += 1;
    }
    at += 1;
    return object;
  };
  const readLiteral = (): JsonValue => {
    const from = at;
    while (at < text.length && !ENDS_LITERAL.has(text.charCodeAt(at))) at += 1;
    switch (text[from]) {
      case 't':
        return true;
      case 'f':
        return false;
      case 'n':
        return null;
    }
    return numberOf(text.slice(from, at));
  };
  const readValue = (level: number): JsonValue => {
    if (level > MAX_LEVELS) throw tooDeep();
    skipSpace();
    switch (text[at]) {
      case '"':
        return readString();
      case '[':
        return readArray(level);
      case '{':
        return readObject(level);
      default:
        return readLiteral();
    }
  };
  return readValue(1);
};

const tooDeep = (): InvalidEventError =>
  new InvalidEventError('TooDeep', `the JSON is nested more than ${MAX_LEVELS} levels deep`);

const ENDS_LITERAL = new Set([...',]} \t\r\n'].map((character) => character.charCodeAt(0)));

/**
 * Compact JSON with every digit of its numbers. Bytes become base64; fields that are undefined are left out.
 *
 * @param level of the value within others
 * @throws {InvalidEventError} TooDeep
 */
export const writeExactJson = (value: unknown, level = 1): string => {
  if (level > MAX_LEVELS) throw tooDeep();
  const write = (inner: unknown): string => writeExactJson(inner, level + 1);
  if (value instanceof ExactNumber) return value.text;
  if (value instanceof Uint8Array) return JSON.stringify(Buffer.from(value).toString('base64'));
  if (Array.isArray(value) || value instanceof Set) return `[${[...value].map(write).join()}]`;
  if (!isObject(value)) return JSON.stringify(value ?? null);
  const fields = Object.entries(value).filter(([, field]) => field !== undefined);
  return `{${fields.map(([name, field]) => `${JSON.stringify(name)}:${write(field)}`).join()}}`;
};
