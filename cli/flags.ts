import { parseArgs } from 'node:util';
import { UsageError } from './usage-error.ts';

/**
 * Reads the flags of a command.
 *
 * @throws {UsageError} for an unknown flag or one without its value. Secrets have no flags: every process of a machine
 *   may read the arguments of the others.
 */
export const readFlags = <T extends NonNullable<Parameters<typeof parseArgs>[0]>['options']>(
  argv: readonly string[],
  options: T & {},
) => {
  try {
    return parseArgs({ args: [...argv], options, strict: true, allowPositionals: false }).values;
  } catch (error) {
    const [problem] = String((error as Error).message).split('. ');
    const known = Object.keys(options).map((name) => `--${name}`);
    const hint = SECRET_FLAG.test(String(problem))
      ? 'secrets are read from the environment or from .env, never from the command line'
      : `the options are ${known.join(', ')}`;
    throw new UsageError([`${problem?.replace(/ See .*/, '')}; ${hint}`]);
  }
};

const SECRET_FLAG = /secret|key|token|password/i;

/** A whole number from 1, as flags have it. Adds to `problems` what is wrong. */
export const readCount = (name: string, value: string | undefined, problems: string[]): number | undefined => {
  if (value === undefined) return undefined;
  if (/^[1-9]\d{0,14}$/.test(value)) return Number(value);
  problems.push(`--${name} is "${value}"; expected a whole number from 1`);
  return undefined;
};

/** A number, as flags have it. Adds to `problems` what is wrong. */
export const readWithin = (
  name: string,
  value: string | undefined,
  least: number,
  most: number,
  problems: string[],
): number | undefined => {
  if (value === undefined) return undefined;
  const number = Number(value);
  if (/^\d+(\.\d+)?$/.test(value) && number >= least && number <= most) return number;
  problems.push(`--${name} is "${value}"; expected a number from ${least} to ${most}`);
  return undefined;
};

/** The same for a whole number. */
export const readWhole: typeof readWithin = (name, value, least, most, problems) => {
  const number = readWithin(name, value, least, most, problems);
  if (number === undefined || Number.isInteger(number)) return number;
  problems.push(`--${name} is "${value}"; expected a whole number from ${least} to ${most}`);
  return undefined;
};
