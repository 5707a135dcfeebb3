import { expect } from 'chai';
import { isPublicOriginal, languageOf } from '../../../core/extractors/posts.ts';
import type { JsonObject } from '../../../core/json.ts';

describe('a post', () => {
  const LEFT_OUT: [what: string, post: JsonObject][] = [
    ['a bot', { account: { bot: true } }],
    ['a post for followers', { visibility: 'private' }],
    ['a tweet of v1.1 for followers', { user: { protected: true } }],
    [
      'a tweet of v2 for followers',
      { data: { author_id: '2' }, includes: { users: [{ id: '1' }, { id: '2', protected: true }] } },
    ],
    ['a tweet of v2 for followers that was made flat', { author: { id: '2', protected: true } }],
    ['a repost of Mastodon', { reblog: { uri: 'u' } }],
    ['a retweet of v1.1', { retweeted_status: { id_str: '1' } }],
    ['a retweet of v2', { data: { referenced_tweets: [{ type: 'retweeted', id: '1' }] } }],
    ['a retweet of v2 in the newer words of X', { data: { referenced_posts: [{ type: 'retweeted', id: '1' }] } }],
    ['a retweet of v2 that was made flat', { referenced_tweets: [{ type: 'replied_to' }, { type: 'retweeted' }] }],
  ];
  for (const [what, post] of LEFT_OUT)
    it(`is not what a person said first and to everyone where it is ${what}`, () => {
      expect(isPublicOriginal(post)).to.equal(false);
    });

  it('is what a person said first and to everyone where nothing says otherwise', () => {
    const mentioned = {
      users: [
        { id: '1', protected: true },
        { id: '2', protected: false },
      ],
    };
    for (const post of [
      { data: { author_id: '2' }, includes: mentioned },
      {},
      { reblog: null, visibility: 'public', account: { bot: false } },
      { referenced_tweets: 7 },
    ])
      expect(isPublicOriginal(post)).to.equal(true);
  });

  const LANGUAGES: [post: JsonObject, code: string][] = [
    [{ lang: 'pt-BR' }, 'pt'],
    [{ data: { lang: 'HAW' } }, 'haw'],
    [{ language: 'zh_Hant' }, 'zh'],
    [{ commit: { record: { langs: ['fr', 'en'] } } }, 'fr'],
    [{ lang: 'iw' }, 'he'],
    [{ lang: 'in' }, 'id'],
    [{ lang: 'qht' }, 'und'],
    [{ lang: 'que' }, 'que'],
    [{ lang: 'english' }, 'und'],
    [{ lang: null }, 'und'],
    [{ lang: { toString: 1 } }, 'und'],
  ];
  for (const [post, code] of LANGUAGES)
    it(`is in ${code} where it says ${JSON.stringify(post)}`, () => {
      expect(languageOf(post)).to.equal(code);
    });
});
