import { UsageError } from '../../../cli/usage-error.ts';
import { wordEdgesOf } from './word-edges.ts';

/** What may stand between two words that follow one another: spaces and signs, but no emoji, which says something itself. */
const BETWEEN =
  /[^\p{L}\p{N}\p{M}\p{Pc}\p{Join_Control}\p{Extended_Pictographic}\p{Emoji_Modifier}\p{Regional_Indicator}]*/uy;

/**
 * Finds texts that hold at least one of the words or phrases, in any script and case. A word is found whole: `ai` is in
 * "AI's" and "#AI", not in "said". Where a script has no spaces, a dictionary says where words end: 東京 is in 東京に行く, 京都 is
 * not in 東京都. The words of a phrase follow one another with nothing but spaces and signs between them. Signs within a word
 * count: `c#`, `#yolo`. An emoji is found whole, too.
 *
 * @returns whether a text holds one; without any words every text counts
 * @throws {UsageError} for a word that has nothing to find
 */
export const matcherFor = (words: readonly string[]): ((text: string) => boolean) => {
  const phrases = words.map((word) => fold(word).split(/\s+/).filter(Boolean));
  const problems = words.flatMap((word, i) =>
    phrases[i]!.length === 0 ? [`--track holds ${JSON.stringify(word)}; expected a word that can be seen`] : [],
  );
  if (problems.length > 0) throw new UsageError(problems);
  if (phrases.length === 0) return () => true;
  return (text) => {
    const folded = fold(text.slice(0, MAX_TEXT));
    const isWordAt = wordFinder(folded);
    return phrases.some((phrase) => holds(folded, phrase, isWordAt));
  };
};

/**
 * A post has at most 300 characters and 3,000 bytes. No app shows a much longer text, but anyone who may write into an account may
 * write one, and the time that some texts take grows with the square of their length.
 * https://docs.bsky.app/docs/advanced-guides/posts
 */
const MAX_TEXT = 10_000;

/** Whether a word stands whole at a place of a text. */
type IsWordAt = (at: number, word: string) => boolean;

const wordFinder = (text: string): IsWordAt => {
  const isEdge = wordEdgesOf(text);
  return (at, word) => text.startsWith(word, at) && isEdge(at) && isEdge(at + word.length);
};

const holds = (text: string, [first = '', ...rest]: readonly string[], isWordAt: IsWordAt): boolean => {
  for (let at = text.indexOf(first); at >= 0; at = text.indexOf(first, at + 1))
    if (isWordAt(at, first) && follows(text, at + first.length, rest, isWordAt)) return true;
  return false;
};

/** Whether the text goes on with these words at a place. */
const follows = (text: string, from: number, words: readonly string[], isWordAt: IsWordAt): boolean => {
  let at = from;
  for (const word of words) {
    BETWEEN.lastIndex = at;
    // A word may begin with a sign of its own, which then is not between.
    const latest = at + (BETWEEN.exec(text)?.[0].length ?? 0);
    while (at <= latest && !isWordAt(at, word)) at += 1;
    if (at > latest) return false;
    at += word.length;
  }
  return true;
};

/** Trademark signs stand next to a word, and would become letters of it. */
const SIGNS = /[™℠]/g;

/**
 * What no reader sees or misses: soft hyphens, marks of direction, variation selectors, the stretching of Arabic, and the
 * vowels and accents of Hebrew and Arabic, which most people leave out. Joiners are not among them: they make other words and
 * emoji.
 */
const INVISIBLE =
  /[\u00ad\u061c\u0640\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff]|[\u034f\ufe00-\ufe0f]|[\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7]|[\u064b-\u0652\u0670]/g;

/** An accent without a letter: NFKC makes a space with an accent of ¯ and ´, and no word begins with one. */
const LONE_ACCENTS = /(?<=\s)\p{M}+/gu;

/** One sign for those that people and telephones use for the same. */
const SAME: readonly [RegExp, string][] = [
  [/[\u2018\u2019\u201b\u02bc]/g, "'"],
  [/[\u201c-\u201f]/g, '"'],
  [/[\u2010-\u2015\u2212]/g, '-'],
  // The small letter of İ, the Turkish capital of i.
  [/i\u0307/g, 'i'],
  [/ς/g, 'σ'],
];

/**
 * Texts that a reader takes for the same become the same, whatever their case (ß is ss, İ and ı are i), their width, their form
 * of quotes and dashes, and the bytes of their accents. https://www.unicode.org/reports/tr15/
 *
 * JavaScript has no case folding. The capitals of the small letters come close: they make SS of ẞ as well as of ß.
 */
export const fold = (text: string): string => {
  const visible = text.replace(SIGNS, ' ').normalize('NFKC').replace(INVISIBLE, '').replace(LONE_ACCENTS, '');
  const small = visible.toLowerCase().toUpperCase().toLowerCase();
  return SAME.reduce((folded, [from, to]) => folded.replace(from, to), small)
    .normalize('NFKC')
    .toWellFormed();
};
