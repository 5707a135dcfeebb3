import { expect } from 'chai';
import { UsageError } from '../../../../cli/usage-error.ts';
import { rulesFor } from '../../../../client/sources/twitter/rules.ts';

describe('the rules for tracked words', () => {
  const cases: [does: string, word: string, rule: string][] = [
    ['match a word and its hashtag, without retweets', 'yolo', '(yolo OR #yolo) -is:retweet'],
    ['match a word in any script', '日本', '(日本 OR #日本) -is:retweet'],
    ['match a word with an accent', 'café', '(café OR #café) -is:retweet'],
    ['ignore the space around a word', '  yolo ', '(yolo OR #yolo) -is:retweet'],
    ['quote a phrase', 'carpe diem', '"carpe diem" -is:retweet'],
    ['quote punctuation', 'node.js', '"node.js" -is:retweet'],
    ['quote what X reads as an operator', 'from:nasa', '"from:nasa" -is:retweet'],
    ['quote the word OR', 'OR', '"OR" -is:retweet'],
    ['quote an emoji', '🦊', '"🦊" -is:retweet'],
    ['quote a flag, an emoji of two letters', '🇯🇵', '"🇯🇵" -is:retweet'],
    ['quote a number, as no hashtag has only digits', '2026', '"2026" -is:retweet'],
    ['leave a hashtag as it is', '#yolo', '#yolo -is:retweet'],
    ['leave a mention as it is', '@nasa', '@nasa -is:retweet'],
    ['leave a cashtag as it is', '$AMZN', '$AMZN -is:retweet'],
  ];
  for (const [does, word, rule] of cases) it(does, () => expect(rulesFor([word])).to.deep.equal([rule]));

  it('are one for each word, in their order and without repeats', () => {
    expect(rulesFor(['b', 'a', ' b'])).to.deep.equal(['(b OR #b) -is:retweet', '(a OR #a) -is:retweet']);
  });

  it('may have 1,024 characters, however many bytes those are, and no more', () => {
    const foxes = 1_024 - '"" -is:retweet'.length;
    expect([...rulesFor(['🦊'.repeat(foxes)])[0]!]).to.have.length(1_024);
    expect(() => rulesFor(['🦊'.repeat(foxes + 1)])).to.throw(UsageError, /1025 characters; expected at most 1024/);
  });

  it('look at so many percent of all tweets, each of them', () => {
    expect(rulesFor(['a', 'b c', '#d'], 10)).to.deep.equal([
      '(a OR #a) -is:retweet sample:10',
      '"b c" -is:retweet sample:10',
      '#d -is:retweet sample:10',
    ]);
    expect(rulesFor(['#d'], 1)).to.deep.equal(['#d -is:retweet sample:1']);
  });

  it('look at all of them with 100 percent', () => {
    expect(rulesFor(['a'], 100)).to.deep.equal(rulesFor(['a']));
  });

  it('count the sample among the 1,024 characters', () => {
    const foxes = 1_024 - '"" -is:retweet sample:10'.length;
    expect([...rulesFor(['🦊'.repeat(foxes)], 10)[0]!]).to.have.length(1_024);
    expect(() => rulesFor(['🦊'.repeat(foxes + 1)], 10)).to.throw(UsageError, /1025 characters; expected at most 1024/);
  });

  it('tell every problem at once', () => {
    expect(() => rulesFor(['', 'say "hi"', '#', 'two\nlines', 'back\\slash']))
      .to.throw(UsageError)
      .with.property('message')
      .that.matches(/is empty.*"say \\"hi\\"" has a quote.*"#" has no letter.*"two\\nlines".*"back\\\\slash"/s);
  });

  it('need at least one word and take at most 1,000', () => {
    const words = Array.from({ length: 1_001 }, (_, i) => `word${i}`);
    expect(() => rulesFor([])).to.throw(UsageError, 'at least one');
    expect(() => rulesFor(words)).to.throw(UsageError, '1001 words to track; expected at most 1000');
    expect(rulesFor(words.slice(1))).to.have.length(1_000);
  });
});
