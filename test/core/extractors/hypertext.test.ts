import { expect } from 'chai';
import { textOfHtml } from '../../../core/extractors/hypertext.ts';

describe('the text of HTML', () => {
  const CASES: [what: string, html: string, text: string][] = [
    [
      'has a line for each paragraph and after each break',
      '<p>one<br>two<br />three</p><p>four</p>',
      'one\ntwo\nthree\nfour',
    ],
    [
      'has a line for each item of a list, and for what is quoted',
      '<p>Today:</p><ul dir="auto"><li>rain</li><li>#fog</li></ul><blockquote><p>dry</p></blockquote>',
      'Today:\nrain\n#fog\ndry',
    ],
    ['has no tags', '<p>see <a href="https://example.org" class="u">#<span>fog</span></a></p>', 'see #fog'],
    ['has characters for entities', '&lt;b&gt; &amp; &quot;b&quot; it&#39;s it&apos;s', `<b> & "b" it's it's`],
    ['reads each entity once', '&amp;lt;', '&lt;'],
    ['keeps entities that it does not know', '&nbsp;&euro;', '&nbsp;&euro;'],
    ['keeps a bracket that no other closes', 'a < b', 'a < b'],
  ];
  for (const [what, html, text] of CASES)
    it(what, () => {
      expect(textOfHtml(html)).to.equal(text);
    });

  for (const piece of ['<', '<p', '<p ', '&', '<br ', '</p><p', '</p><p>'])
    it(`is read in one go where it is many ${piece}`, () => {
      expect(textOfHtml(piece.repeat(100_000))).to.have.length.of.at.most(700_000);
    });
});
