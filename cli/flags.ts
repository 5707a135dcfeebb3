import { type ParseArgsConfig, parseArgs } from 'node:util';
import { rfc3339, TIME_RANGE } from '../core/timestamp.ts';
import { type Environment, present } from './environment.ts';
import { UsageError } from './usage-error.ts';

/**
 * Reads the flags of a command, other than `--help`, which {@link command} answers.
 *
 * @param env tells which options npm took for its own
 * @throws {UsageError} for an unknown flag, one without its value, one that is given twice, or one that did not arrive. Secrets have no
 *   flags: every process of a machine may read the arguments of the others.
 */
export const readFlags = <T extends NonNullable<ParseArgsConfig['options']>>(
  argv: readonly string[],
  options: T,
  env: Environment = process.env,
) => {
  refuseTakenByNpm(argv, Object.keys(options), env);
  refuseRepeated(argv, options);
  try {
    return parseArgs({ args: [...argv], options }).values;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const [problem = ''] = message.split(/\.\s/);
    const hint = hintFor(code, problem, Object.keys({ ...options, help: true }));
    throw new UsageError([[problem.replace(/ See .*/, ''), ...hint].join('; ')]);
  }
};

/** Flags that each have a value, as in `--rate 300`. */
export const values = <Name extends string>(...names: readonly Name[]) => ofType(names, 'string');

/** Flags that are given or not, as in `--json`. */
export const switches = <Name extends string>(...names: readonly Name[]) => ofType(names, 'boolean');

const ofType = <Name extends string, Type extends 'string' | 'boolean'>(names: readonly Name[], type: Type) =>
  Object.fromEntries(names.map((name) => [name, { type }])) as { readonly [name in Name]: { readonly type: Type } };

const hintFor = (code: string | undefined, problem: string, names: readonly string[]): string[] => {
  if (code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION' && SECRET_FLAG.test(problem))
    return ['secrets are read from the environment or from .env, never from the command line'];
  // There is such an option, and its value is what is wrong.
  if (code === 'ERR_PARSE_ARGS_INVALID_OPTION_VALUE')
    return /ambiguous/.test(problem)
      ? ['a value that begins with a dash follows an equals sign, as in --name=-value']
      : [];
  return [`the options are ${names.map((name) => `--${name}`).join(', ')}`];
};

/**
 * npm takes options before `--` for its own. It sets a variable for each and passes on the rest of the line.
 * https://docs.npmjs.com/cli/v11/commands/npm-run
 */
const refuseTakenByNpm = (argv: readonly string[], names: readonly string[], env: Environment): void => {
  const script = present(env.npm_lifecycle_event);
  if (script === undefined) return;
  const taken = names
    .filter((name) => present(env[`npm_config_${name.replaceAll('-', '_')}`]) !== undefined)
    .map((name) => `--${name}`)
    .filter((flag) => !argv.some((arg) => arg === flag || arg.startsWith(`${flag}=`)));
  if (taken.length > 0)
    throw new UsageError([
      `npm took ${taken.join(' and ')} for itself; put -- before the options: npm run ${script} -- ${taken.join(' … ')} …`,
    ]);
};

/** Only the last value would count, and nobody would notice: of two files one would not be sent. */
const refuseRepeated = (argv: readonly string[], options: NonNullable<ParseArgsConfig['options']>): void => {
  const given = argv.filter((arg) => arg.startsWith('--')).map((arg) => arg.replace(/=.*/s, ''));
  const repeated = given.filter((flag, index) => {
    const { type, multiple = false } = options[flag.slice(2)] ?? {};
    return type === 'string' && !multiple && given.indexOf(flag) < index;
  });
  if (repeated.length > 0)
    throw new UsageError([...new Set(repeated)].map((flag) => `${flag} is given more than once; expected one value`));
};

/** A partition key is not one. */
const SECRET_FLAG = /secret|token|password|(access|api|consumer)-?key/i;

/** Adds to `problems` where two flags are given that exclude each other. */
export const refuseBoth = <Name extends string>(
  flags: { readonly [name in Name]?: unknown },
  one: Name,
  other: Name,
  problems: string[],
): void => {
  if (flags[one] !== undefined && flags[other] !== undefined)
    problems.push(`--${one} and --${other} exclude each other; give one of them`);
};

/** The whole number from 1 that a flag has. Adds to `problems` what is wrong. */
export const readCount = (name: string, value: string | undefined, problems: string[]): number | undefined => {
  if (value === undefined) return undefined;
  if (/^[1-9]\d{0,14}$/.test(value)) return Number(value);
  problems.push(`--${name} is "${value}"; expected a whole number from 1`);
  return undefined;
};

const numberReader =
  (pattern: RegExp, kind: string) =>
  (name: string, value: string | undefined, least: number, most: number, problems: string[]): number | undefined => {
    if (value === undefined) return undefined;
    const number = Number(value);
    if (pattern.test(value) && number >= least && number <= most) return number;
    problems.push(`--${name} is "${value}"; expected ${kind} from ${least} to ${most}`);
    return undefined;
  };

/** The number that a flag has. Adds to `problems` what is wrong. */
export const readWithin = numberReader(/^\d+(\.\d+)?$/, 'a number');

/** The same for a whole number. */
export const readWhole = numberReader(/^\d+$/, 'a whole number');

const UNITS: Record<string, number> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const ISO_8601 = /^(\d{4}-\d{2}-\d{2})(?:(T\d{2}:\d{2})(:\d{2}(?:\.\d+)?)?(Z|[+-]\d{2}:\d{2})?)?$/;

/** The time that a flag has, in milliseconds since 1970. Adds to `problems` what is wrong. */
export const readTime = (
  name: string,
  value: string | undefined,
  now: number,
  problems: string[],
): number | undefined => {
  if (value === undefined) return undefined;
  const [, length, unit = ''] = /^(\d{1,9})([smhd])$/.exec(value) ?? [];
  if (length !== undefined) return Math.max(TIME_RANGE.from, now - Number(length) * UNITS[unit]!);
  // A time without a zone is UTC, as everything that is stored.
  const [, day = '', minute = 'T00:00', second = ':00', zone = 'Z'] = ISO_8601.exec(value) ?? [];
  const time = Date.parse(rfc3339(`${day}${minute}${second}${zone}`) ?? '');
  if (!Number.isNaN(time)) return time;
  problems.push(`--${name} is "${value}"; expected 30m, 2h, 7d, or a time like 2026-11-20T12:00:00Z`);
  return undefined;
};

/** The same for a time in the past, and 1970 at the earliest. */
export const readPast: typeof readTime = (name, value, now, problems) => {
  const time = readTime(name, value, now, problems);
  if (time === undefined) return undefined;
  if (time <= now) return Math.max(0, time);
  problems.push(`--${name} is "${value}", which is in the future; expected a time in the past`);
  return undefined;
};
