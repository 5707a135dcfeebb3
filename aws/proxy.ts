import { type Environment, present } from '../cli/environment.ts';
import { withoutSecrets } from '../cli/shown.ts';
import { UserError } from '../cli/user-error.ts';
import { isLoopbackHost } from './endpoint.ts';

/** What leads connections by TLS to the outside, where the environment names it. */
export interface HttpProxy {
  url: URL;
  /** The user and the password of the URL, decoded, with a colon between them. */
  login?: string;
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
 * @throws {UserError} where it is not a proxy of HTTP, or its user and password cannot be told
 */
export const findProxy = (env: Environment): HttpProxy | undefined => {
  const value = present(env.HTTPS_PROXY) ?? present(env.https_proxy);
  if (value === undefined) return undefined;
  const address = value.includes('://') ? value : `http://${value}`;
  const url = URL.canParse(address) ? new URL(address) : undefined;
  const login = url && loginOf(url);
  const problem = `HTTPS_PROXY is "${withoutSecrets(value)}"; expected a URL like http://proxy.example.com:3128`;
  if (url && !/^https?:$/.test(url.protocol)) throw new UserError(problem);
  if (!url || login === undefined) throw new UserError(value.includes('@') ? `${problem}${ESCAPES}` : problem);
  return { url, except: present(env.NO_PROXY) ?? env.no_proxy ?? '', ...(login !== ':' && { login }) };
};

const ESCAPES = '; in its user and password write # as %23, % as %25, / as %2F and ? as %3F';

/** The user and the password with a colon between them. Undefined where they end too early, or cannot be decoded. */
const loginOf = ({ username, password, pathname, search, hash }: URL): string | undefined => {
  if (`${pathname}${search}${hash}`.includes('@')) return undefined;
  try {
    return decodeURIComponent(`${username}:${password}`);
  } catch {
    return undefined;
  }
};

/**
 * Whether a connection goes through the proxy. NO_PROXY holds names with commas or spaces between them; each means its subdomains
 * too, may end with a port, and `*` means every host. This machine itself is never reached through a proxy.
 */
export const isProxied = ({ except }: HttpProxy, host: string, port: number): boolean => {
  const name = host.toLowerCase();
  if (isLoopbackHost(name)) return false;
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
