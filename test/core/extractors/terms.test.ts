import { expect } from 'chai';
import { hashtagsIn, termsIn } from '../../../core/extractors/terms.ts';

describe('the hashtags of a text', () => {
  const CASES: [what: string, text: string, hashtags: string[]][] = [
    ['are each there once, as they come', 'Fog #Lagos #rain #lagos', ['#lagos', '#rain']],
    ['are in any script', '傘 ＃雨 #باران #дождь #ฝนตก', ['#雨', '#باران', '#дождь', '#ฝนตก']],
    ['are composed, and İ is i', '#cafe\u0301 #İstanbul', ['#café', '#istanbul']],
    [
      'are whole where a word has a joint',
      '#il·lusió #ハリー・ポッター #メ～テレ #צה״ל #ශ්\u200dරී',
      ['#il·lusió', '#ハリー・ポッター', '#メ～テレ', '#צה״ל', '#ශ්\u200dරී'],
    ],
    ['do not end with a joint', '#雨・#風 #בית־ספר־', ['#雨', '#風', '#בית־ספר']],
    ['may follow an emoji', '☔️#lluvia 1️⃣#uno 👩🏽‍🚒#dos e\u0301\u0323#tres', ['#lluvia', '#uno', '#dos']],
    [
      'are the same with and without vowel signs, and in wide letters',
      '#عمّان #عمـان #ＲＡＩＮ ＃rain #東京２０２６ #東京2026',
      ['#عمان', '#rain', '#東京2026'],
    ],
    ['need a letter', '#1 #2026 #2fast #_', ['#2fast']],
    ['are not in the middle of a word, an entity or an address', 'a#b &#39; https://example.org/#frag', []],
  ];
  for (const [what, text, hashtags] of CASES)
    it(what, () => {
      expect(hashtagsIn(text)).to.deep.equal(hashtags);
    });
});

describe('the terms of a text', () => {
  it('are its hashtags, then its words, without common ones', () => {
    expect(termsIn('The rain in Spain is not #rain', 9)).to.deep.equal(['#rain', 'rain', 'spain']);
  });

  it('are as many as are asked for', () => {
    expect(termsIn('#fog over Lagos, rain over Quito', 3)).to.deep.equal(['#fog', 'fog', 'over']);
    expect(termsIn('#fog #rain #wind', 2)).to.deep.equal(['#fog', '#rain']);
  });

  it('are without what follows the name of somebody on Bluesky and Mastodon', () => {
    expect(termsIn('rain @ada.bsky.social @ada@mastodon.example, ＠ada. bread', 9)).to.deep.equal(['rain', 'bread']);
  });

  it('go on behind an address where Chinese, Japanese, Korean and Thai have no space', () => {
    const text = [
      'https://example.org/a?b=c，咖啡',
      'http://example.org。咖啡',
      'https://example.org/雨天です',
      'www.example.org/aฝนตก',
    ];
    expect(text.map((one) => termsIn(one, 9).slice(0, 1))).to.deep.equal([['咖啡'], ['咖啡'], ['雨天'], ['ฝนตก']]);
    expect(termsIn('https://example.org/дождь www.example.org', 9)).to.deep.equal([]);
  });

  it('keep what belongs to a word in Ukrainian, Uzbek, Hebrew, Catalan and Sinhala', () => {
    const words = ["п'ять", "o'zbek", "ג'ירפה", 'צה״ל', 'il·lusió', 'ශ්\u200dරී', "o'clock"];
    expect(termsIn(words.join(' '), 9)).to.deep.equal(words);
  });

  it('are the same with every apostrophe', () => {
    expect(termsIn("п'ять п’ять пʼять oʻzbek o‘zbek don’t don't", 9)).to.deep.equal(["п'ять", "o'zbek", "don't"]);
  });

  it('are the same with signs that nobody sees, in wide and in styled letters, and without vowel signs', () => {
    const texts = ['rain ra\u00adin rain\u200f \u2067rain\u2069 ＲＡＩＮ 𝐫𝐚𝐢𝐧', 'مطر مَطَر مـطر', 'שלום שָׁלוֹם'];
    expect(texts.map((text) => termsIn(text, 9))).to.deep.equal([['rain'], ['مطر'], ['שלום']]);
    expect(termsIn('ﾊﾞｽ バス', 9)).to.deep.equal(['バス']);
    expect(termsIn('کتاب\u200cها کتاب\u200c rain\u200bbread', 9)).to.deep.equal([
      'کتاب\u200cها',
      'کتاب',
      'rain',
      'bread',
    ]);
  });

  it('are found between any signs, next to what is none', () => {
    const words = [
      'rain',
      'café',
      'route66',
      "don't",
      "п'ять",
      'дождь',
      'مطر',
      'שלום',
      'צה״ל',
      'हिन्दी',
      'மழை',
      '비가',
      'ዝናብ',
    ];
    const signs = [
      ' ',
      '\n',
      ', ',
      '. ',
      ' — ',
      '! ',
      ' / ',
      ': ',
      ':',
      '\u3000',
      ' “',
      '” ',
      '。',
      '，',
      '、',
      ' 🌧️ ',
      '\u200f ',
      '؟ ',
    ];
    const others = [
      ...['https://example.org/a?b=c#d', 'www.example.org', '@ada', '@ada.bsky.social', '@ada@mastodon.example'],
      ...['ada@example.org', '2026', '12:30', '🌧️', '👩🏽‍🚒', '1️⃣', '\ud83c', '&amp;', '#1', 'x'.repeat(60)],
    ];
    for (const word of words)
      for (const sign of signs)
        for (const other of others)
          if (/\s|[。，、]/.test(sign) || !/\w$/.test(other))
            expect(termsIn(`${other}${sign}${word}${sign}${other}`, 9), `${other}${sign}${word}`).to.deep.equal([word]);
  });

  it('are parted by a colon, and are not of an entity', () => {
    expect(termsIn('tonight:rain &amp; bread', 9)).to.deep.equal(['tonight', 'rain', 'bread']);
  });

  it('are parted where no spaces are', () => {
    expect(termsIn('咖啡馆里全是猫', 9)).to.deep.equal(['咖啡', '全是']);
  });

  it('are without articles, possessives, addresses and mentions', () => {
    const elided = "c'était qu'importe d'ombre aujourd'hui don't";
    expect(termsIn(elided, 9)).to.deep.equal(['était', 'importe', 'ombre', "aujourd'hui", "don't"]);
    const text = "L’automne, the baker's bread: @you_there mail me@example.org or see https://example.org/rain";
    expect(termsIn(text, 9)).to.deep.equal(['automne', 'baker', 'bread', 'mail', 'see']);
  });

  it('begin with a letter, and are no numbers and no units', () => {
    expect(termsIn('12,5 mm of rain in 24 h, 3.5 kg of bread, 2fast v2.1', 9)).to.deep.equal(['rain', 'bread', 'v2.1']);
    expect(termsIn('5 мм 3 χμ', 9)).to.deep.equal([]);
  });

  for (const piece of ['#', '#a', 'a', '.', 'a@', 'http://', "l'", '\u0301', '＃＃a_', 'ก'])
    it(`are found in a text of 5,000 characters, each ${JSON.stringify(piece)}`, () => {
      expect(termsIn(piece.repeat(5_000).slice(0, 5_000), 20)).to.have.length.of.at.most(20);
    });
});
