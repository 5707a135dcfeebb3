import { lazyExpression } from './lazy-expression.ts';

/**
 * What a terminal or a table must not see raw: control characters (C0, DEL, C1), which move the cursor or hide text, characters
 * that turn the direction of writing, line separators, and half a surrogate pair.
 */
const UNPRINTABLE = lazyExpression(String.raw`[\p{Cc}\p{Cs}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]`, 'gu');

/** The text with all that is not printable as an escape, as in `\u001b`. Every other character stays as it is. */
export const printable = (text: string): string =>
  text.replace(UNPRINTABLE(), (found) => `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}`);
