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
  });

  it('are parted where no spaces are', () => {
    expect(termsIn('咖啡馆里全是猫', 9)).to.deep.equal(['咖啡', '全是']);
  });

  it('are without articles, possessives, addresses and mentions', () => {
    const text = "L’automne, the baker's bread: @you_there mail me@example.org or see https://example.org/rain";
    expect(termsIn(text, 9)).to.deep.equal(['automne', 'baker', 'bread', 'mail', 'see']);
  });

  for (const piece of ['#', '#a', 'a', '.', 'a@', 'http://', "l'", '\u0301', '＃＃a_', 'ก'])
    it(`are found in a text of 5,000 characters, each ${JSON.stringify(piece)}`, () => {
      expect(termsIn(piece.repeat(5_000).slice(0, 5_000), 20)).to.have.length.of.at.most(20);
    });
});
