import { type JsonValue, scalarText } from '../json.ts';
import { lazyExpression } from '../lazy-expression.ts';
import { lowerCase } from '../lower-case.ts';

/** What people type into forms, made uniform or masked, for processors that clean. No expression here backtracks on hostile text. */

/**
 * What was typed as text, where it is a text, a number or true or false; otherwise an empty text. Characters of full width and white
 * space are made ordinary, and digits of all other scripts too.
 */
export const plainText = (typed: JsonValue | undefined): string => {
  const text = (scalarText(typed) ?? '').normalize('NFKC').replace(/\s+/g, ' ').trim();
  return text.replace(FOREIGN_DIGIT(), asciiDigit);
};

const FOREIGN_DIGIT = lazyExpression(String.raw`(?![0-9])\p{Nd}`, 'gu');
const DIGIT = lazyExpression(String.raw`\p{Nd}`, 'u');

/** The digits of a script follow each other, from 0 to 9. https://www.unicode.org/reports/tr44/#Numeric_Type */
const asciiDigit = (digit: string): string => {
  const at = digit.codePointAt(0)!;
  let zero = at;
  while (DIGIT().test(String.fromCodePoint(zero - 1))) zero -= 1;
  return String((at - zero) % 10);
};

/**
 * The e-mail address in a plain text, in lower case, as in `Ada <ADA@example.org>`. What is copied may have characters in it that nobody
 * sees, such as those for the direction of a text: they are left out. So is the dot of İ, which Turkish keyboards write for a capital i.
 */
export const emailIn = (text: string): string | undefined => EMAIL().exec(lowerCase(text).replace(UNSEEN(), ''))?.[0];

const UNSEEN = lazyExpression(String.raw`\p{Cf}|\ufe0f`, 'gu');

/**
 * It begins where a word does, or behind an emoji, so that a word without an end is tried once. A quote before it is not part of it, as in
 * `o'hara@example.org`.
 */
const EMAIL = lazyExpression(
  String.raw`(?<![^\s<>"(),:;|•'\p{So}\p{Pi}\p{Ps}])(?!['\p{Pi}\p{Ps}])[^\s<>"(),:;|•\p{So}@]{1,64}@(?:[\p{L}\p{M}\d-]{1,63}\.){1,9}[\p{L}\p{M}\d-]{2,63}`,
  'u',
);

/**
 * The phone number in a plain text as E.164 writes it, such as `+442079460123`. A word before it may say what it is, as in `tel:`. What
 * follows a letter or such a sign, such as an extension, is not a part of it. A number that begins with the calling code and is longer than
 * those of the country has it already. https://www.itu.int/rec/T-REC-E.164
 *
 * @param calling the calling code for a number that names none; without it such a number cannot be used
 */
export const phoneIn = (text: string, calling = ''): string | undefined => {
  const [typed = ''] = text.replace(LABEL(), '').split(EXTENSION(), 1);
  const [abroad, trunk] = DIALLED[calling] ?? ELSEWHERE;
  const digits = typed
    .replace('(0)', '')
    .replace(/[^+\d]/g, '')
    .replace(abroad, '+');
  const hasCalling = calling !== '' && digits.length > (LONGEST[calling] ?? 10) && digits.startsWith(calling);
  const whole = digits.startsWith('+') || hasCalling ? digits.replace('+', '') : calling && `${calling}${digits}`;
  // Who writes `+44 020` means `+44 20`.
  const isOwn = calling !== '' && whole.startsWith(calling);
  const phone = `+${isOwn ? calling + whole.slice(calling.length).replace(trunk, '') : whole}`;
  return /^\+[1-9]\d{8,14}$/.test(phone) ? phone : undefined;
};

/** Words in Latin letters need a sign behind them: `DE123456789` is not a phone. */
const LABEL = lazyExpression(String.raw`^(?:[\p{L}\p{M}]{1,12}[.: ]{1,3}|(?![a-z])[\p{L}\p{M}]{1,12})`, 'iu');

const EXTENSION = lazyExpression(String.raw`[\p{L}#,;]`, 'u');

/** How many digits the numbers of a country have below its calling code, at most and without what is dialled before them, where not ten. */
const LONGEST: Readonly<Record<string, number>> = { 46: 9, 49: 11, 55: 11 };

/** What people dial before a number of another country, and before one of their own. Australia has 0011. */
const ELSEWHERE: readonly [abroad: RegExp, trunk: RegExp] = [/^00(?:11)?/, /^0/];
/**
 * North America has 011 and 1, and the numbers of Italy keep their 0. Brazil has two digits of a company behind it, Japan has 010, and in
 * Ukraine an 8 may stand before it.
 */
const DIALLED: Readonly<Record<string, typeof ELSEWHERE>> = {
  1: [/^(?:00|011)/, /^[01]/],
  39: [/^00/, /^(?!)/],
  55: [/^00/, /^0(?:\d\d(?=\d{10,11}$))?/],
  81: [/^(?:00|010)/, /^0/],
  380: [/^00/, /^(?:80(?=\d{9}$)|0)/],
};

/** The text without e-mail addresses, and without what may be the number of a card: twelve digits or more, of which at most four stay. */
export const masked = (text: string): string =>
  text
    .replace(CARD(), (found, other) => other ?? maskedCard(found))
    // Anyone who types `ada @ example.org` means an address, too.
    .replace(SPACED_AT(), '@')
    .split(WORD_END)
    .map((word) => (/@|%(?:25){0,9}40/.test(word) ? '***' : word))
    .join('');

const SPACED_AT = lazyExpression(String.raw` ?@ ?(?=[^\s.]{1,63}\.\p{L})`, 'gu');

/** Chinese and Japanese have no spaces, so their words end where a part of a sentence does. */
const WORD_END = /([ ,;。、「」])/;

/**
 * A day or a UUID, which is kept, or digits with signs between them: spaces, dots, slashes, dashes, stars, what Japanese keyboards write for
 * a dash, and what nobody sees or what makes an emoji of a digit.
 */
const CARD = lazyExpression(
  String.raw`((?<!\d)(?:(?:19|20)\d\d([-./])[01]\d\2[0-3]\d|[0-3]\d([-./])[01]\d\3(?:19|20)\d\d)(?!\d)|[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12})|\d(?:[ ./_−ー・·•*+|~\\\p{Pd}\p{C}\p{DI}\p{M}]{0,3}\d){11,9999}`,
  'giu',
);

/**
 * The last four digits of what a field for a card holds, and nothing of anything else. A date or a security code may stand behind the
 * number, so more than sixteen digits are one number only if the last of them is its check digit.
 * https://en.wikipedia.org/wiki/Luhn_algorithm
 */
export const maskedCard = (text: string): string => {
  const digits = text.replace(/\D/g, '');
  const isCard = digits.length >= 12 && (digits.length <= 16 || (digits.length <= 19 && hasCheckDigit(digits)));
  return isCard ? `**** ${digits.slice(-4)}` : '***';
};

/** Every second digit from the right is doubled. The digits of all come to a multiple of ten then. */
const hasCheckDigit = (digits: string): boolean => {
  const values = [...digits].reverse().map((digit, at) => Number(digit) * (at % 2 === 0 ? 1 : 2));
  return values.reduce((sum, value) => sum + (value > 9 ? value - 9 : value), 0) % 10 === 0;
};
