import { ExactNumber, exactNumber } from './exact-number.ts';
import { InvalidEventError } from './invalid-event.ts';
import { isObject, type JsonObject, type JsonValue } from './json.ts';

/** Levels to follow. No row has as many, and no stack is too small for them. */
const MAX_LEVELS = 1_000;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const CLOSE_ARRAY = 0x5d;
const CLOSE_OBJECT = 0x7d;
const SPACE = 0x20;

/**
 * Whether JSON.parse may change a number of the text: it is as long as a number of sixteen digits, or its exponent has three. Texts
 * of many digits count as well, so this says "maybe".
 */
export const mayHoldExactNumbers = (text: string): boolean => /\d[\d.]{15}|\d[eE][+-]?\d{3}/.test(text);

/**
 * Parses JSON like JSON.parse, with every number exact.
 *
 * @param text what JSON.parse has accepted already
 * @throws {InvalidEventError} NumberOutOfRange; TooDeep
 */
export const parseExactJson = (text: string): JsonValue => {
  let at = 0;
  const skipSpace = (): number => {
    while (text.charCodeAt(at) <= SPACE) at += 1;
    return text.charCodeAt(at);
  };
  const readString = (): string => {
    const from = at;
    let isEscaped = false;
    for (at += 1; text.charCodeAt(at) !== QUOTE; at += 1)
      if (text.charCodeAt(at) === BACKSLASH) {
        isEscaped = true;
        at += 1;
      }
    at += 1;
    return isEscaped ? JSON.parse(text.slice(from, at)) : text.slice(from + 1, at - 1);
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
    const literal = text.slice(from, at);
    return literal in WORDS ? WORDS[literal]! : exactNumber(literal);
  };
  const readValue = (level: number): JsonValue => {
    if (level > MAX_LEVELS)
      throw new InvalidEventError('TooDeep', `the JSON is nested more than ${MAX_LEVELS} levels deep`);
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

const ENDS_LITERAL = new Set([...',]} \t\r\n'].map((character) => character.charCodeAt(0)));
const WORDS: Readonly<Record<string, JsonValue>> = { true: true, false: false, null: null };

/** Compact JSON with every digit of its numbers. Bytes become base64; fields that are undefined are left out. */
export const writeExactJson = (value: unknown): string => {
  if (value instanceof ExactNumber) return value.text;
  if (value instanceof Uint8Array) return JSON.stringify(Buffer.from(value).toString('base64'));
  if (Array.isArray(value) || value instanceof Set) return `[${[...value].map(writeExactJson).join()}]`;
  if (!isObject(value)) return JSON.stringify(value ?? null);
  const fields = Object.entries(value).filter(([, field]) => field !== undefined);
  return `{${fields.map(([name, field]) => `${JSON.stringify(name)}:${writeExactJson(field)}`).join()}}`;
};
