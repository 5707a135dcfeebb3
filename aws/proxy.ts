import { type Environment, present } from '../cli/environment.ts';
import { withoutUser } from '../cli/shown.ts';
import { UserError } from '../cli/user-error.ts';

/** What leads connections by TLS to the outside, where the environment names it. */
export interface HttpProxy {
  url: URL;
  /** The hosts that are reached without it, as the environment names them. */
  except: string;
}

/** The proxy opens no way. Marked by the SDK's `$retryable` where another try may help. */
export class ProxyError extends UserError {
  override readonly name = 'ProxyError';

  constructor(message: string, mayPass: boolean) {
    super(message);
    if (mayPass) Object.assign(this, { $retryable: {} });
  }
}

/**
 * The proxy that HTTPS_PROXY names, in capital or small letters, and the exceptions of NO_PROXY. Connections without TLS go
 * to stacks on one's own network and are never led through one.
 *
 * @throws {UserError} where it is not a proxy of HTTP
 */
export const findProxy = (env: Environment): HttpProxy | undefined => {
  const value = present(env.HTTPS_PROXY) ?? present(env.https_proxy);
  if (value === undefined) return undefined;
  const address = value.includes('://') ? value : `http://${value}`;
  if (!URL.canParse(address) || !/^https?:$/.test(new URL(address).protocol))
    throw new UserError(`HTTPS_PROXY is "${withoutUser(value)}"; expected a URL like http://proxy.example.com:3128`);
  return { url: new URL(address), except: present(env.NO_PROXY) ?? env.no_proxy ?? '' };
};

/**
 * Whether a connection goes through the proxy. NO_PROXY holds names with commas or spaces between them; each means its subdomains
 * too, may end with a port, and `*` means every host. This machine itself is never reached through a proxy.
 */
export const isProxied = ({ except }: HttpProxy, host: string, port: number): boolean => {
  const name = host.toLowerCase();
  if (LOOPBACK.test(name)) return false;
  return !except
    .toLowerCase()
    .split(/[\s,]+/)
    .filter(Boolean)
    .some((entry) => {
      if (entry === '*') return true;
      const [, domain = '', itsPort] = /^\*?\.?(.+?)(?::(\d+))?$/.exec(entry) ?? [];
      return (itsPort === undefined || Number(itsPort) === port) && (name === domain || name.endsWith(`.${domain}`));
    });
};

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[?::1\]?)$/;
