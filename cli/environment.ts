import { existsSync, readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Empty variables are those that a copied .env.example leaves empty: they count as absent. */
export const present = (value: string | undefined): string | undefined => (value === '' ? undefined : value);

/**
 * Loads the file .env, where there is one. What the environment sets already stays.
 *
 * @returns the names that only the file sets
 */
export const loadDotEnv = (path = '.env'): ReadonlySet<string> => {
  if (!existsSync(path)) return new Set();
  const names = Object.keys(parseEnv(readFileSync(path, 'utf8'))).filter((name) => process.env[name] === undefined);
  process.loadEnvFile(path);
  return new Set(names);
};
