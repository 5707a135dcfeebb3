import { lazyExpression } from '../lazy-expression.ts';
import { lowerCase } from '../lower-case.ts';

/** What people search texts for, in any script, for processors that index. No expression here backtracks on hostile text. */

/**
 * A text as its terms are compared: composed, in letters of one width and style, in lower case, and without
 * what most people leave out: the vowel signs of Hebrew and Arabic, and the line that makes Arabic words longer.
 */
const folded = (text: string): string =>
  lowerCase(text.replace(STYLED(), (letter) => letter.normalize('NFKC')).normalize('NFC')).replace(SIGNS(), '');

const STYLED = lazyExpression(String.raw`(?=[\uff01-\uffee\u{1d400}-\u{1d7ff}])[\p{L}\p{N}]`, 'gu');
const SIGNS = lazyExpression(String.raw`(?=\p{Script=Hebrew})\p{M}|(?=[\u064b-\u0652\u0670])\p{M}|\u0640`, 'gu');

/**
 * An emoji may stand right before it: what ends one is a mark in Unicode, but not one of a word. Within it stand the characters that join
 * the parts of one word: the dots of Catalan and Japanese, the dashes of Hebrew and Japanese, Hebrew quotes, the joiners of Persian and
 * Sinhala, the tsheg of Tibetan.
 */
const HASHTAG = lazyExpression(
  String.raw`(?<![\p{L}\p{N}_&/]|(?![\ufe0e\ufe0f\u20e3])\p{M})[#＃](?=[\p{N}_]*\p{L})([\p{L}\p{M}\p{N}_·・〜～־׳״་༌\u200c\u200d]{0,99}[\p{L}\p{M}\p{N}_])`,
  'gu',
);

/** The hashtags of a text, such as `#lluvia`, each once, as they come. One rule for all networks, since some do not list them. */
export const hashtagsIn = (text: string): string[] => [
  ...new Set([...folded(text).matchAll(HASHTAG())].map(([, tag]) => `#${tag}`)),
];

/**
 * What no word is taken from: addresses, which end where Chinese, Japanese, Korean or Thai goes on without a space, mentions, which have a
 * server on Mastodon and on Bluesky, entities of HTML, and colons and commas, since `note:rain` and `route66,2026` are one word to the
 * segmenter.
 */
const NO_WORDS = lazyExpression(
  String.raw`(?:https?://|(?<!\w)www\.)[^\s\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}\u3000-\u303f\uff00-\uffef]+|(?<![\w.+-])[\w.+-]{1,64}@[\w.-]{1,255}|[@＠]\w[\w.-]*|&#?\w{1,8};|[:;,،，；]`,
  'giu',
);
/** Finds words where no spaces are between them as well: in Chinese, Japanese, Thai. Made with the first text: it takes 20 ms. */
let segmenter: Intl.Segmenter | undefined;
/** Two characters say much in most scripts, but not in these three. */
const WORD = lazyExpression(
  String.raw`^(?![\p{Script=Latin}\p{Script=Cyrillic}\p{Script=Greek}]{1,2}$)\p{L}[\p{L}\p{M}\p{N}_'.·׳״\u200c\u200d]{1,49}$`,
  'u',
);
/** Of French, Italian, Catalan and English. In Ukrainian, Uzbek and Hebrew what stands before an apostrophe is a part of the word. */
const ELISION = /^(?:[cdjlmnst]|qu)'|'s$/g;
/** Keyboards have several, and letters that look like one. */
const APOSTROPHE = /[‘’ʻʼ]/g;
/** What tells the direction of a text or where a word may be parted, and what parts letters before none. A space without width parts words. */
const UNSEEN = lazyExpression(String.raw`(?![\u200b-\u200d])\p{Cf}|\u200c(?!\p{L})`, 'gu');
/** Words of the most common languages that nobody looks for. */
const COMMON = new Set(
  `the and for that this with you are was but not has have had from they his her our your all out just who what when there
  los las una por con del que para como más pero les des une est pas dans pour sur qui avec der die das und ist ein eine nicht mit den
  uma com não dos что это как для bir için และ ที่ ของ ได้ ไม่ です ます した する から まで この って 一个 我们 这个 没有`.split(
    /\s+/,
  ),
);

/**
 * The terms of a text, each once: its hashtags, then its words as they come. Addresses, mentions and common words are left out.
 *
 * @param text of a few thousand characters at most: to segment one of ten times the length takes a hundred times as long
 * @param most how many
 */
export const termsIn = (text: string, most: number): string[] => {
  const words = folded(text.replace(NO_WORDS(), ' '));
  const terms = new Set(hashtagsIn(words));
  segmenter ??= new Intl.Segmenter('und', { granularity: 'word' });
  for (const { segment } of segmenter.segment(words.replace(UNSEEN(), '').replace(APOSTROPHE, "'"))) {
    if (terms.size >= most) break;
    const word = segment.replace(ELISION, '');
    if (WORD().test(word) && !COMMON.has(word)) terms.add(word);
  }
  return [...terms].slice(0, most);
};
