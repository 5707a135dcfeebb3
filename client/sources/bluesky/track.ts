import { UsageError } from '../../usage-error.ts';
import { fold } from './fold.ts';
import { isWordEdge } from './word-edges.ts';

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
    const folded = fold(text);
    return phrases.some((phrase) => holds(folded, phrase));
  };
};

const holds = (text: string, [first = '', ...rest]: readonly string[]): boolean => {
  for (let at = text.indexOf(first); at >= 0; at = text.indexOf(first, at + 1))
    if (isWordAt(text, at, first) && follows(text, at + first.length, rest)) return true;
  return false;
};

/** Whether these words stand in a text from a place on. */
const follows = (text: string, from: number, words: readonly string[]): boolean => {
  let at = from;
  for (const word of words) {
    BETWEEN.lastIndex = at;
    // A word may begin with a sign of its own, which then is not between.
    const latest = at + (BETWEEN.exec(text)?.[0].length ?? 0);
    while (at <= latest && !isWordAt(text, at, word)) at += 1;
    if (at > latest) return false;
    at += word.length;
  }
  return true;
};

const isWordAt = (text: string, at: number, word: string): boolean =>
  text.startsWith(word, at) && isWordEdge(text, at) && isWordEdge(text, at + word.length);
