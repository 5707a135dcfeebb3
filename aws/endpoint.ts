import { type Environment, present } from '../cli/environment.ts';
import { withoutUser } from '../cli/url.ts';

/** Where the stack lies, as far as the flags and the environment say. */
export const readRegion = (flags: { region?: string | undefined }, env: Environment): string | undefined =>
  flags.region ?? present(env.AWS_REGION) ?? present(env.AWS_DEFAULT_REGION);

export const readEndpoint = (value: string | undefined, problems: string[]): string | undefined => {
  if (value === undefined) return undefined;
  if (/^https?:\/\/[^/?#@]+\/?$/.test(value) && URL.canParse(value)) return value;
  problems.push(`the endpoint is "${withoutUser(value)}"; expected a URL like http://127.0.0.1:4567`);
  return undefined;
};

export const isLoopback = (endpoint: string): boolean =>
  /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(new URL(endpoint).hostname);
