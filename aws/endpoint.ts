import type { Environment } from '../cli/environment.ts';
import { fromFlag, fromVariable, type Setting, type Variables } from '../cli/setting.ts';
import { withoutSecrets } from '../cli/shown.ts';
import { LOCAL_PORTS } from './local-stack.ts';

/** The region that the flags or the environment name. */
export const findRegion = (flags: { region?: string | undefined }, variables: Variables): Setting<string> | undefined =>
  fromFlag('region', flags.region) ?? fromVariable(variables, 'AWS_REGION', 'AWS_DEFAULT_REGION');

/** The same without its origin. */
export const readRegion = (flags: { region?: string | undefined }, env: Environment): string | undefined =>
  findRegion(flags, { env })?.value;

/**
 * The endpoint, where it is the origin of a URL of http or https.
 *
 * @param problems what is wrong with it is added, without what may be a secret in it
 */
export const readEndpoint = (value: string | undefined, problems: string[]): string | undefined => {
  if (value === undefined) return undefined;
  if (/^https?:\/\/[^/?#@]+\/?$/.test(value) && URL.canParse(value)) return value;
  problems.push(
    `the endpoint is "${withoutSecrets(value)}"; expected a URL like http://127.0.0.1:${LOCAL_PORTS.kinesis}`,
  );
  return undefined;
};

/** Whether an endpoint is given that is on this machine. */
export const isLoopback = (endpoint: string | undefined): boolean =>
  endpoint !== undefined && URL.canParse(endpoint) && isLoopbackHost(new URL(endpoint).hostname);

/** Whether a host, as `hostname` of a URL has it, is this machine. */
export const isLoopbackHost = (host: string): boolean => /^(localhost|127(\.\d{1,3}){3}|\[?::1\]?)$/.test(host);

/** The URL of the service that a request of the SDK goes to. */
export const urlOf = ({ protocol, hostname, port }: { protocol: string; hostname: string; port?: number }): string =>
  `${protocol}//${hostname}${port === undefined ? '' : `:${port}`}`;
