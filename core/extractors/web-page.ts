import { defined } from '../defined.ts';
import { fieldOf, isText, type JsonObject, type JsonValue } from '../json.ts';

/**
 * The name of a page, however its address is written: `books.example.com/basket`. Sessions and what looks like an e-mail address are taken
 * out, and so is the query.
 *
 * @param base the address of the page on which it was found, for one without a site, such as `/basket`
 * @returns `undefined` for what is not the address of a page
 */
export const pageAt = (address: JsonValue | undefined, base?: JsonValue): string | undefined => {
  try {
    const { hostname, pathname } = new URL(String(address), base === undefined ? undefined : String(base));
    const path = readable(pathname.replace(/;\w{1,20}=[^/;]*/g, '').replace(/\/{2,}/g, '/')).replace(
      /(?<!\/)\/+(?:index\.\w+)?$/,
      '',
    );
    return hostname && hostname.replace(/^www\./, '') + withoutEmail(path);
  } catch {
    return undefined;
  }
};

/** What only begins with its @ is the name of somebody or of a package: `/@ada` is a page of its own. */
const withoutEmail = (path: string): string =>
  path.replace(/%(?:25){0,9}40|＠/g, '@').replace(/(?<![^/])[^/]+@[^/]+/g, '(e-mail)');

/** The address of a link within a site, which has a query or the like: `/search?q=sea`, `?page=2`, `basket#token=1`. */
const WITHIN = /^(?:\.{0,2}\/[^\s?#]*[?#]|\?\S|[^\s?#]*[?#][^\s=]*=)/;

/**
 * What a button says, or where a link leads: an address has no query here either, and of `mailto:` and the like only that.
 *
 * @param page the address of the page that has the link
 */
export const linkAt = (target: string, page: JsonValue | undefined): string => {
  const [, scheme] = /^([a-z][a-z\d+.-]*):\S/i.exec(target) ?? [];
  if (scheme) return pageAt(target) || scheme;
  return WITHIN.test(target) ? pageAt(target, page) || '?' : withoutEmail(target);
};

/** Browsers send `/100%` and `/caf%E9` as they are: what is not UTF-8 stays as it is written. */
const readable = (path: string): string => {
  try {
    return decodeURI(path);
  } catch {
    return path;
  }
};

/**
 * The fields of a hit of a web page. Those of a page that Segment tells of, or one of the many who speak its language, get the names of ours:
 * https://www.twilio.com/docs/segment/connections/spec/page
 */
export const hitIn = (json: JsonObject): JsonObject => {
  const { type, messageId, timestamp, originalTimestamp, anonymousId, userId, properties, context } = json;
  if ('url' in json || type !== 'page' || !isText(messageId)) return json;
  const [url, referrer] = ['url', 'referrer'].map(
    (name) => [properties, fieldOf(context, 'page')].map((page) => fieldOf(page, name)).find(isText) ?? null,
  );
  const [ts, visitor, ua] = [timestamp ?? originalTimestamp, anonymousId ?? userId, fieldOf(context, 'userAgent')];
  return defined({ hit: messageId, ts, visitor, url, referrer, ua });
};
