const QUOTE = 0x22;
const BACKSLASH = 0x5c;
export const COMMA = 0x2c;
export const OPEN_ARRAY = 0x5b;
export const OPEN_OBJECT = 0x7b;
export const CLOSE_ARRAY = 0x5d;
const CLOSE_OBJECT = 0x7d;

// Comparisons, and no read behind the end: a record of nothing but such bytes would cost eight times as much with a list of them.
const opens = (byte: number): boolean => byte === OPEN_ARRAY || byte === OPEN_OBJECT;
const closes = (byte: number): boolean => byte === CLOSE_ARRAY || byte === CLOSE_OBJECT;
const isSpace = (byte: number): boolean => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;

/** The first byte at or behind `at` that is not white space, nor part of a byte order mark at the start. */
export const skipSpace = (data: Uint8Array, at: number): number => {
  let next = at === 0 && data[0] === 0xef && data[1] === 0xbb && data[2] === 0xbf ? 3 : at;
  while (next < data.length && isSpace(data[next]!)) next += 1;
  return next;
};

/** The byte with which the text begins. */
export const firstByte = (data: Uint8Array): number | undefined => data[skipSpace(data, 0)];

/**
 * The byte behind the JSON value that begins at `at`, or -1 where it has no end. It looks at brackets and quotes only, so the value
 * may still not be JSON.
 */
export const endOfValue = (data: Uint8Array, at: number): number => {
  let next = at;
  while (next < data.length && !endsWord(data[next]!)) next += 1;
  if (next >= data.length) return -1;
  const byte = data[next]!;
  // A number or a word ends before what is behind it, such as the bracket of an array.
  if (byte !== QUOTE && !opens(byte)) return next;
  const last = byte === QUOTE ? closingQuote(data, next) : closingBracket(data, next);
  return last < data.length ? last + 1 : -1;
};

const endsWord = (byte: number): boolean =>
  byte === QUOTE || opens(byte) || closes(byte) || byte === COMMA || isSpace(byte);

/**
 * What a JSON text has more of than `most` allows: brackets that are open within each other, or values. Every value but the first has a
 * comma or a bracket of its own, outside of texts.
 */
export const excessOf = (data: Uint8Array, most: { levels: number; values: number }): keyof typeof most | undefined => {
  let level = 0;
  let values = 0;
  for (let next = 0; next < data.length; next += 1) {
    const byte = data[next]!;
    if (byte === QUOTE) next = closingQuote(data, next);
    else if (byte === COMMA) values += 1;
    else if (opens(byte)) {
      values += 1;
      level += 1;
      if (level > most.levels) return 'levels';
    } else if (closes(byte)) level -= 1;
  }
  return values > most.values ? 'values' : undefined;
};

/** Where the bracket closes that is open at `at`; behind the last byte where none does. */
const closingBracket = (data: Uint8Array, at: number): number => {
  let level = 0;
  for (let next = at; next < data.length; next += 1) {
    const byte = data[next]!;
    if (byte === QUOTE) next = closingQuote(data, next);
    else if (opens(byte)) level += 1;
    else if (closes(byte)) {
      level -= 1;
      if (level === 0) return next;
    }
  }
  return data.length;
};

/** Where the text ends whose quote is at `at`; behind the last byte where it does not. */
const closingQuote = (data: Uint8Array, at: number): number => {
  let next = at + 1;
  while (next < data.length && data[next] !== QUOTE) next += data[next] === BACKSLASH ? 2 : 1;
  return next;
};
