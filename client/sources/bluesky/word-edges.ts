/** What words are made of: letters, digits, what joins them (_), and the joiners of Persian and of Indic scripts. */
const OF_A_WORD = /^[\p{L}\p{N}\p{M}\p{Pc}\p{Join_Control}]/u;

/** What belongs to the character before: accents, vowel signs, joiners, skin tones and the tags of flags. */
const EXTENDING = /^[\p{M}\p{Emoji_Modifier}\p{Join_Control}\u{e0020}-\u{e007f}]/u;

/** Scripts that set no space between words, and for which Unicode's word breaks are looked up in a dictionary. */
const WITHOUT_SPACES =
  /^[\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{scx=Thai}\p{scx=Lao}\p{scx=Khmer}\p{scx=Myanmar}]/u;

const FLAG_LETTER = /^\p{Regional_Indicator}/u;
const ZERO_WIDTH_JOINER = '\u200d';

/** The breaks between words of these scripts are the same for every language. https://www.unicode.org/reports/tr29/ */
const WORDS = new Intl.Segmenter('en', { granularity: 'word' });

/**
 * Where in a text a word may end or begin: never within a character or an emoji, and between two letters only where a script
 * without spaces lets a word end. Unicode's own breaks would keep "AI's" in one piece.
 *
 * @returns takes a place in the text, counted as JavaScript does, from 0 up to its length
 */
export const wordEdgesOf = (text: string): ((at: number) => boolean) => {
  // Looked up once, and only for a text that needs it: each look-up goes through the whole text.
  let found: Set<number> | undefined;
  const breaks = (): Set<number> => (found ??= new Set(Array.from(WORDS.segment(text), ({ index }) => index)));
  return (at) => {
    if (at === 0 || at === text.length) return true;
    const before = characterBefore(text, at);
    const after = text.slice(at, at + 2);
    if (EXTENDING.test(after) || before === ZERO_WIDTH_JOINER) return false;
    if (FLAG_LETTER.test(before) && FLAG_LETTER.test(after)) return isBetweenFlags(text, at);
    if (!OF_A_WORD.test(before) || !OF_A_WORD.test(after)) return true;
    const [one, other] = [WITHOUT_SPACES.test(before), WITHOUT_SPACES.test(after)];
    return one !== other || (one && breaks().has(at));
  };
};

const characterBefore = (text: string, at: number): string => {
  const character = text.slice(Math.max(at - 2, 0), at);
  return character.length === 2 && character.codePointAt(0)! > 0xffff ? character : character.slice(-1);
};

/** Two letters make a flag, so the text has an even number of them up to the next flag. */
const isBetweenFlags = (text: string, at: number): boolean => {
  let letters = 0;
  while (isFlagLetter(text.codePointAt(at - 2 * letters - 2))) letters += 1;
  return letters % 2 === 0;
};

/** Two units of a text each, U+1F1E6 to U+1F1FF. */
const isFlagLetter = (character = 0): boolean => character >= 0x1f1e6 && character <= 0x1f1ff;
