/** Trademarks stand beside a word, and would become letters of it. */
const SIGNS = /[™℠]/g;

/**
 * What no reader sees or misses: soft hyphens, marks of direction, variation selectors, the stretching of Arabic, and the
 * vowels and accents of Hebrew and Arabic, which most people leave out. The joiners stay: they make other words and emoji.
 */
const INVISIBLE =
  /[\u00ad\u061c\u0640\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff]|[\u034f\ufe00-\ufe0f]|[\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7]|[\u064b-\u0652\u0670]/g;

/** An accent without a letter: what NFKC makes of ¯ and ´ is a space with an accent, and no word begins with one. */
const LONE_ACCENTS = /(?<=\s)\p{M}+/gu;

/** One sign where people and telephones write several. */
const SAME: readonly [RegExp, string][] = [
  [/[\u2018\u2019\u201b\u02bc]/g, "'"],
  [/[\u201c-\u201f]/g, '"'],
  [/[\u2010-\u2015\u2212]/g, '-'],
  // What becomes of the capital of i in Turkish.
  [/i\u0307/g, 'i'],
  [/ς/g, 'σ'],
];

/**
 * Texts that a reader takes for the same become the same, whatever their case (ß is ss, İ and ı are i), their width, their form
 * of quotes and dashes, and the bytes of their accents. https://www.unicode.org/reports/tr15/
 *
 * JavaScript has no case folding. The capitals of small letters come close: ẞ only has ß, and ß only has SS.
 */
export const fold = (text: string): string => {
  const visible = text.replace(SIGNS, ' ').normalize('NFKC').replace(INVISIBLE, '').replace(LONE_ACCENTS, '');
  const small = visible.toLowerCase().toUpperCase().toLowerCase();
  return SAME.reduce((folded, [from, to]) => folded.replace(from, to), small)
    .normalize('NFKC')
    .toWellFormed();
};
