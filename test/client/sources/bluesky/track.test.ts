import { expect } from 'chai';
import fc from 'fast-check';
import { UsageError } from '../../../../cli/usage-error.ts';

import { fold, matcherFor } from '../../../../client/sources/bluesky/track.ts';
import { anyText } from '../../../support/any-text.ts';

type Case = [word: string, text: string, why?: string];

const finds = (...cases: Case[]): void => {
  for (const [word, text, why = ''] of cases)
    it(`finds ${word} in ${JSON.stringify(text)} ${why}`.trimEnd(), () => {
      expect(matcherFor([word])(text)).to.equal(true);
    });
};
const findsNot = (...cases: Case[]): void => {
  for (const [word, text, why = ''] of cases)
    it(`does not find ${word} in ${JSON.stringify(text)} ${why}`.trimEnd(), () => {
      expect(matcherFor([word])(text)).to.equal(false);
    });
};

describe('the words to track', () => {
  describe('are whole', () => {
    finds(
      ['ai', 'ai'],
      ['¯ࡀ', '¯ࡀ', 'though its first sign is an accent without a letter'],
      ['ai', 'Is this AI?'],
      ['ai', "AI's", 'though Unicode makes one word of it'],
      ['ai', 'said an (AI), then'],
      ['ai', 'pro-AI/anti-AI'],
      ['ai', 'AIを使う', 'next to another script'],
      ['yolo', '#yolo'],
      ['yolo', '@yolo.example.org'],
      ['yolo', 'https://example.org/yolo?x'],
      ['yolo', 'yolo🦊'],
      ['yolo', 'yolo™'],
      ['yolo', 'yo yolox yolo', 'behind one that only begins like it'],
      ['42', 'the answer: 42.'],
    );
    findsNot(
      ['ai', 'said'],
      ['ai', 'aid'],
      ['ai', 'mai tai'],
      ['ai', 'GPT4ai'],
      ['ai', 'ai2'],
      ['yolo', '#yolo_fan'],
      ['yolo', 'yol o'],
      ['yolo', ''],
      ['cafe', 'cafe\u0301s'],
      ['yolo', 'yolo\u0332', 'with a line under it'],
    );
  });

  describe('have no case and one form', () => {
    finds(
      ['YOLO', 'yolo'],
      ['straße', 'STRASSE'],
      ['STRASSE', 'Straße'],
      ['straße', 'STRAẞE'],
      ['istanbul', 'İSTANBUL'],
      ['İstanbul', 'istanbul'],
      ['ısparta', 'ISPARTA'],
      ['ΟΔΟΣ', 'η οδός μας'.normalize('NFC').replace('ό', 'ο')],
      ['σοφος', 'ΣΟΦΟΣ'],
      ['Москва', 'МОСКВА!'],
      ['café', 'cafe\u0301'],
      ['cafe\u0301', 'CAFÉ'],
      ['yolo', 'ｙｏｌｏ'],
      ['yolo', '𝓨𝓞𝓛𝓞', 'in letters of mathematics'],
      ['ポケモン', 'ﾎﾟｹﾓﾝ', 'in half width'],
      ['office', 'oﬃce'],
      ["don't", 'I don’t'],
      ['covid-19', 'COVID‑19'],
      ['yolo', 'yo\u00adlo', 'with a soft hyphen'],
      ['yolo', '\u202ayolo\u202c', 'between marks of direction'],
    );
    findsNot(['cafe', 'café'], ['schon', 'schön'], ['kalb', 'ķalb']);
  });

  describe('have signs that count', () => {
    finds(
      ['#yolo', 'so #YOLO!'],
      ['c#', 'I write C#.'],
      ['c++', 'C++ or not'],
      ['at&t', 'AT&T'],
      ['$tsla', 'buy $TSLA'],
      ['@bsky.app', 'ask @bsky.app'],
      ['node.js', 'Node.js 24'],
      ['!!!', 'what!!!'],
    );
    findsNot(['#yolo', 'yolo'], ['c#', 'see c'], ['c++', 'c + +'], ['node.js', 'node-js'], ['#yolo', 'a#yolos']);
  });

  describe('need no spaces where their script has none', () => {
    finds(
      ['東京', '「東京に行く」'],
      ['東京', '#東京グルメ'],
      ['東京', '東京2026'],
      ['京都', '今日は京都へ行った'],
      ['東京タワー', '東京タワーが見える'],
      ['北京', '我爱北京天安门'],
      ['ポケモン', '「ポケモン」'],
      ['かわいい', 'めちゃかわいい'],
      ['ประเทศไทย', 'เขามาจากประเทศไทย'],
      ['มา', 'เขามาจากประเทศไทย'],
      ['ภาษา', 'ภาษา'],
      ['ភាសាខ្មែរ', 'ខ្ញុំស្រលាញ់ភាសាខ្មែរ'],
    );
    findsNot(
      ['京都', '東京都に住む', 'where it is half of two words'],
      ['アイ', 'アイスクリーム'],
      ['มา', 'มาก', 'which is another word'],
      ['กา', 'กาแฟ'],
    );
  });

  describe('may be of any script', () => {
    finds(
      ['سلام', 'قال: سلام!'],
      ['سلام', 'سَلَام', 'with its vowels'],
      ['سلام', 'ســلام', 'stretched'],
      ['می‌خواهم', 'من می‌خواهم بروم', 'with its joiner'],
      ['שלום', 'אמר שלום.'],
      ['שלום', 'שָׁלוֹם', 'with its points'],
      ['हिन्दी', 'मैं हिन्दी बोलता हूँ'],
      ['한국', '한국!'],
      ['한국', '한국'.normalize('NFD')],
      ['việt nam', 'VIỆT NAM'.normalize('NFD')],
      ['தமிழ்', '#தமிழ்'],
    );
    findsNot(
      ['سلام', 'السلام'],
      ['خواهم', 'می‌خواهم', 'behind a joiner'],
      ['שלום', 'השלום'],
      ['हिन', 'हिन्दी', 'in the middle of a syllable'],
      ['क', 'कि', 'with a vowel sign'],
      ['한국', '한국어'],
      ['தமிழ', 'தமிழ்'],
    );
  });

  describe('may be emoji', () => {
    finds(
      ['🦊', 'a🦊b'],
      ['🦊', '🦊🦊🦊'],
      ['❤️', 'I ❤ it', 'without its variation'],
      ['❤', 'I ❤️ it', 'with its variation'],
      ['👨‍👩‍👧', 'we 👨‍👩‍👧!'],
      ['👍🏽', 'ok👍🏽'],
      ['🇯🇵', '🇺🇸🇯🇵'],
      ['🦊 yolo', '🦊yolo'],
    );
    findsNot(
      ['👩', '👨‍👩‍👧', 'which is one emoji'],
      ['👧', '👨‍👩‍👧'],
      ['👍', '👍🏽'],
      ['🇵🇺', '🇯🇵🇺🇸', 'where it is half of two flags'],
      ['🏴', '🏴󠁧󠁢󠁳󠁣󠁴󠁿'],
      ['🦊', '🐺'],
    );
  });

  describe('may be phrases, whose words follow one another', () => {
    finds(
      ['machine learning', 'Machine   Learning'],
      ['machine learning', 'machine\nlearning'],
      ['machine learning', '#machine-learning'],
      ['machine\u00a0learning', '"Machine", learning'],
      ['new york', 'old york, new new york'],
      ['東京 グルメ', '東京グルメ'],
      ['learn c#', 'learn: C#'],
      ['i like #yolo', 'I like #yolo'],
      ['hi #yolo', 'hi,##yolo'],
      ['a b a c', 'a b a b a c'],
    );
    findsNot(
      ['machine learning', 'machine'],
      ['machine learning', 'machinelearning'],
      ['machine learning', 'learning machine'],
      ['machine learning', 'machine deep learning'],
      ['machine learning', 'machine 🤖 learning'],
      ['machine learning', 'machine learnings'],
      ['京 都', '東京都'],
    );
  });

  it('are found where any one of them is', () => {
    const isWanted = matcherFor(['yolo', '東京', '🦊']);
    expect(['a yolo', '東京へ', '🦊!', 'nothing', ''].map(isWanted)).to.deep.equal([true, true, true, false, false]);
  });

  it('are all texts without any words', () => {
    expect(matcherFor([])('')).to.equal(true);
  });

  for (const word of ['', ' ', '\u00ad', '\ufe0f'])
    it(`may not be ${JSON.stringify(word)}, which nobody sees`, () => {
      expect(() => matcherFor(['yolo', word]))
        .to.throw(UsageError)
        .with.property('message', `--track holds ${JSON.stringify(word)}; expected a word that can be seen`);
    });

  it('are found wherever spaces or signs stand around them, in either case', () => {
    const word = fc.stringMatching(/^[\p{Ll}\p{Lu}\p{Nd}]{1,8}$/u);
    const sign = fc.constantFrom(' ', '\n', '.', ', ', '#', '(', '」', '🦊', '…', '!');
    const some = fc.array(fc.oneof(word, sign)).map((parts) => parts.join(' '));
    fc.assert(
      fc.property(word, some, sign, sign, some, (wanted, before, left, right, after) => {
        for (const found of [wanted, wanted.toUpperCase(), wanted.toLowerCase()])
          expect(matcherFor([wanted])(`${before}${left}${found}${right}${after}`)).to.equal(true);
      }),
    );
  });

  it('are the words that come of cutting a text at its spaces', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', 'é', 'ж', '1', '_'), minLength: 1, maxLength: 3 });
    const sentence = fc.array(letters, { maxLength: 8 });
    fc.assert(
      fc.property(letters, sentence, (wanted, words) => {
        expect(matcherFor([wanted])(words.join(' '))).to.equal(words.includes(wanted));
      }),
    );
    fc.assert(
      fc.property(fc.array(letters, { minLength: 1, maxLength: 3 }), sentence, (phrase, words) => {
        const expected = ` ${words.join(' ')} `.includes(` ${phrase.join(' ')} `);
        expect(matcherFor([phrase.join(' ')])(words.join(', '))).to.equal(expected);
      }),
    );
  });

  it('look a text up in the dictionary once, however often it nearly holds one of them', () => {
    let looks = 0;
    const { segment } = Intl.Segmenter.prototype;
    Intl.Segmenter.prototype.segment = function (text) {
      looks += 1;
      return segment.call(this, text);
    };
    try {
      expect(matcherFor(['京都'])('東京都'.repeat(500))).to.equal(false);
    } finally {
      Intl.Segmenter.prototype.segment = segment;
    }
    expect(looks).to.equal(1);
  });

  it('are looked for in as much of a text as any post has', () => {
    expect(matcherFor(['yolo'])(`${'x '.repeat(2_000)}yolo`)).to.equal(true);
    expect(matcherFor(['yolo'])(`${'x '.repeat(200_000)}yolo`)).to.equal(false);
  });

  it('are found in any text that is one of them, and fail on none', () => {
    const any = anyText({ maxLength: 20 });
    const seen = any.filter((text) => /[\p{L}\p{N}]/u.test(fold(text)));
    fc.assert(
      fc.property(seen, any, (word, text) => {
        expect(matcherFor([word])(word)).to.equal(true);
        expect(matcherFor([word])(text)).to.be.a('boolean');
      }),
      { numRuns: 600 },
    );
  });
});
