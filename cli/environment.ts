import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { parseEnv } from 'node:util';
import { UserError } from './user-error.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Empty variables are those that a copied .env.example leaves empty: they count as absent. */
export const present = (value: string | undefined): string | undefined => (value === '' ? undefined : value);

/** A credential, where it is set. Adds to `problems` where it cannot be one, such as with the line end of a file from Windows. */
export const readSecret = (name: string, env: Environment, problems: string[]): string | undefined => {
  const secret = present(env[name]);
  if (secret !== undefined && !/^[\x21-\x7e]+$/.test(secret))
    problems.push(`${name} holds a space, a line end or another character that it cannot have; copy it again`);
  return secret;
};

/** Variables that are one credential together, and one that takes their place. A token is of no use without its keys. */
const CREDENTIALS = [
  { keys: ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'], tokens: ['AWS_SESSION_TOKEN'], instead: 'AWS_PROFILE' },
  { keys: ['TWITTER_CONSUMER_KEY', 'TWITTER_CONSUMER_SECRET'], tokens: [], instead: 'TWITTER_BEARER_TOKEN' },
];

/**
 * Loads the file .env, where there is one. What the environment sets already stays. A credential comes from one place as a whole: from
 * the environment where that sets one of its keys, or what takes their place, and otherwise from the file. Empty variables are left
 * out.
 *
 * @param env the variables, to which those of the file are added
 * @returns the names that only the file sets
 * @throws {UserError} where it cannot be read, is not UTF-8, or has a line that would swallow the next one
 */
export const loadDotEnv = (
  path = '.env',
  env: Record<string, string | undefined> = process.env,
): ReadonlySet<string> => {
  const file = parseEnv(textOf(path));
  // Node 20 takes a line without an equals sign for the beginning of the next name.
  if (Object.keys(file).some((name) => name.includes('\n')))
    throw new UserError(`${path} has a line without "=" that is not a comment; expected lines like NAME=VALUE`);
  divideCredentials(file, env);
  const found = Object.entries(file).filter(([name, value]) => env[name] === undefined && present(value) !== undefined);
  for (const [name, value] of found) env[name] = value;
  // The AWS SDK reads some of them by itself, and takes an empty region for one.
  for (const name of Object.keys(env)) if (name.startsWith('AWS_') && env[name] === '') delete env[name];
  return new Set(found.map(([name]) => name));
};

/** Removes what would be a credential from two places from the one where it does not count. */
const divideCredentials = (file: Record<string, string | undefined>, env: Record<string, string | undefined>): void => {
  for (const { keys, tokens, instead } of CREDENTIALS) {
    const isOfEnvironment = keys.some((name) => env[name] !== undefined) || present(env[instead]) !== undefined;
    if (isOfEnvironment) for (const name of [...keys, ...tokens, instead]) delete file[name];
    else if (keys.some((name) => present(file[name]) !== undefined)) for (const name of tokens) delete env[name];
  }
};

/**
 * Gives a user without a home, as a container may have, the one that Docker gives it. The AWS SDK looks for its files there, and takes
 * no answer for an error.
 *
 * @param env the variables of this process
 * @param home throws where there is none
 */
export const ensureHome = (env: Record<string, string | undefined> = process.env, home = homedir): void => {
  try {
    home();
  } catch {
    env.HOME = '/';
  }
};

/**
 * '' where there is no file. Spaces at either end of a line are left out, for which parseEnv loses the next variable: Node 20 where nothing
 * else is on the line, Node 24 where they follow the equals sign. So is the byte order mark that a file from Windows may begin with.
 */
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
  return text
    .split('\n')
    .map((line) => line.trim())
    .join('\n');
};
