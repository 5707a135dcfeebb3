import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { UserError } from './user-error.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Empty variables are those that a copied .env.example leaves empty: they count as absent. */
export const present = (value: string | undefined): string | undefined => (value === '' ? undefined : value);

/**
 * Loads the file .env, where there is one. What the environment sets already stays.
 *
 * @returns the names that only the file sets
 * @throws {UserError} where it cannot be read, or is not UTF-8
 */
export const loadDotEnv = (path = '.env'): ReadonlySet<string> => {
  const text = textOf(path);
  const found = Object.entries(parseEnv(text)).filter(([name]) => process.env[name] === undefined);
  for (const [name, value] of found) process.env[name] = value;
  return new Set(found.map(([name]) => name));
};

/** Without the byte order mark that a file from Windows may begin with; '' where there is no file. */
const textOf = (path: string): string => {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return '';
    throw new UserError(`${path} cannot be read (${code}); expected a file with lines like NAME=VALUE`);
  }
  if (text.includes('\0'))
    throw new UserError(
      `${path} is not text in UTF-8; expected lines like NAME=VALUE: save it as UTF-8, not as UTF-16`,
    );
  return text.replace(/^\ufeff/, '');
};
