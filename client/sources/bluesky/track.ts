import { UsageError } from '../../../cli/usage-error.ts';
import { fold } from './fold.ts';
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
 * @returns whether a text is one of them; for no words at all, each text is
 * @throws {UsageError} for a word of nothing that could be found
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
 * A post has 300 characters at most, of any number of units, and 3,000 bytes. What is much longer no app shows, but whoever may
 * write into an account may write it, and the time that some texts take grows with the square of their length.
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

/** Whether these words stand in a text from a place on. */
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
