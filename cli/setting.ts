import { type Environment, present } from './environment.ts';

/** Where a setting comes from. */
type Origin = 'flag' | 'environment' | '.env' | 'stack' | 'default';

/** A setting that knows where it comes from. */
export interface Setting<T> {
  value: T;
  origin: Origin;
  /** The option or the variable, such as `--region` or `AWS_REGION`. */
  name?: string;
}

/** The variables of a command. */
export interface Variables {
  env: Environment;
  /** The names in `env` that only the file .env sets. */
  dotEnv?: ReadonlySet<string>;
}

/** An option of the command line, where it is given. */
export const fromFlag = (name: string, value: string | undefined): Setting<string> | undefined =>
  value === undefined ? undefined : { value, origin: 'flag', name: `--${name}` };

/** The first of these variables that is set. */
export const fromVariable = ({ env, dotEnv }: Variables, ...names: string[]): Setting<string> | undefined => {
  const name = names.find((each) => present(env[each]) !== undefined);
  return name === undefined
    ? undefined
    : { value: env[name]!, origin: dotEnv?.has(name) ? '.env' : 'environment', name };
};

/** An output of the stack, where it has one. */
export const fromStack = <T>(value: T | undefined): Setting<T> | undefined =>
  value === undefined ? undefined : { value, origin: 'stack' };
