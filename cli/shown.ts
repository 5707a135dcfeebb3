import { isAbsolute, resolve } from 'node:path';
import { printable } from '../core/printable.ts';

/** A URL for a message, without its user, password and query, which may hold a token, also where it has no scheme or cannot be parsed. */
export const withoutSecrets = (url: string): string =>
  url.replace(/^([a-z][a-z\d+.-]*:\/\/)?.*@/is, '$1…@').replace(/\?.+/s, '?…');

/** A path for a message. A relative one shows where it was looked for, since npm runs commands in the project's folder. */
export const shownPath = (path: string): string => (isAbsolute(path) ? `"${path}"` : `"${path}" (${resolve(path)})`);

/** A word of a command as a shell reads it. */
export const quoted = (word: string): string =>
  /^[\w./:-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;

/** A path as a word of a command. One that begins with a dash would be taken for an option. */
export const quotedPath = (path: string): string => quoted(path.startsWith('-') ? `./${path}` : path);

/** An option with its value. A value that begins with a dash would be taken for another option. */
export const optionOf = (name: string, value: string): string =>
  `--${name}${value.startsWith('-') ? '=' : ' '}${quoted(value)}`;

/** Lines for a terminal: strangers' events and answers may have control characters in them, which are shown as escapes. */
export const printableLines = (text: string): string => text.split('\n').map(printable).join('\n');
