import type { JsonValue } from '../json.ts';

/**
 * The name of a page, however its address is written: `books.example.com/basket`. Sessions and what looks like an e-mail address are taken
 * out, and so is the query.
 *
 * @returns `undefined` for what is not the address of a page
 */
export const pageAt = (address: JsonValue | undefined): string | undefined => {
  try {
    const { hostname, pathname } = new URL(String(address));
    const path = readable(pathname.replace(/;\w{1,20}=[^/;]*/g, '')).replace(/(?<!\/)\/+(?:index\.\w+)?$/, '');
    return hostname && hostname.replace(/^www\./, '') + path.replace(/(?<![^/])[^/]*(?:@|%40)[^/]*/g, '(e-mail)');
  } catch {
    return undefined;
  }
};

/** Browsers send `/100%` and `/caf%E9` as they are: what is not UTF-8 stays as it is written. */
const readable = (path: string): string => {
  try {
    return decodeURI(path);
  } catch {
    return path;
  }
};
