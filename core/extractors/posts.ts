import { fieldOf, isObject, isText, type JsonObject, type JsonValue } from '../json.ts';
import { referencesOf } from '../shapes/tweet-v2.ts';
import { pageAt } from './web-page.ts';

/** What posts of X, Bluesky and Mastodon say about themselves, for processors that follow networks. */

/** Whether a person said it, was the first to say it, and said it to everyone. */
export const isPublicOriginal = (post: JsonObject): boolean => {
  const { account, visibility = 'public', retweeted_status, reblog, data } = post;
  return (
    fieldOf(account, 'bot') !== true &&
    visibility === 'public' &&
    !isProtected(post) &&
    !isObject(retweeted_status ?? reblog) &&
    ![post, data]
      .filter(isObject)
      .flatMap(referencesOf)
      .some(({ type }) => type === 'retweeted')
  );
};

/** Whether only followers see what its author writes on X. The author is in it, or among those whom it includes. */
const isProtected = ({ user, author, data, includes }: JsonObject): boolean => {
  const included = [fieldOf(includes, 'users')].flat().find((one) => fieldOf(one, 'id') === fieldOf(data, 'author_id'));
  return [user, author, included].some((one) => fieldOf(one, 'protected') === true);
};

/** The code of a post's language, such as `pt` for pt-BR, and `und` where nobody knows. */
export const languageOf = ({ commit, data, lang, language }: JsonObject): string => {
  const tag = [fieldOf(data, 'lang'), lang, language, fieldOf(fieldOf(commit, 'record'), 'langs')].flat().find(isText);
  const code = CODE.exec(tag ?? '')?.[0].toLowerCase() ?? 'und';
  return { iw: 'he', in: 'id' }[code] ?? code;
};

/** X has old codes, which are replaced, and private ones, such as `qht` for posts without words. https://www.rfc-editor.org/rfc/rfc5646 */
const CODE = /^(?!q[a-t][a-z])[a-z]{2,3}(?![a-z])/i;

/** `ada@social.example`. A server of Mastodon names its own people without itself, and every server may have an ada. */
export const accountOf = (account: JsonValue | undefined): JsonValue | undefined => {
  const name = fieldOf(account, 'acct');
  const server = pageAt(fieldOf(account, 'url'))?.split('/')[0];
  return isText(name) && !name.includes('@') && server ? `${name}@${server}` : name;
};
