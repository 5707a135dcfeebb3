import { type IncomingMessage, request as plainRequest } from 'node:http';
import { Agent, type AgentOptions, request as secureRequest } from 'node:https';
import type { Duplex } from 'node:stream';
import type { Environment } from '../cli/environment.ts';
import { findProxy, type HttpProxy, isProxied, ProxyError } from './proxy.ts';

/** How long a proxy may take to open a tunnel. Milliseconds. */
const TUNNEL_MS = 5_000;

/**
 * The agent for connections by TLS: to AWS, and to the servers of live sources. It keeps connections, and goes through the proxy of the
 * environment, where that names one.
 *
 * @param options such as `ca`, the certificates to trust in place of those of Node
 * @throws {UserError} where the environment names a proxy that cannot be used
 */
export const httpsAgent = (env: Environment, options: AgentOptions = {}): Agent => {
  const proxy = findProxy(env);
  const all = { keepAlive: true, maxSockets: MAX_SOCKETS, ...options };
  return proxy ? new TunnelAgent(proxy, all) : new Agent(all);
};

/** Connections to one host. More requests wait; no command makes as many at once. */
export const MAX_SOCKETS = 64;

/** What Node.js passes for a connection. */
interface Destination {
  host?: string | null;
  port?: number | string | null;
}
type OnSocket = (error: Error | null, socket: Duplex) => void;

/** Asks a proxy for a tunnel to each host, so that TLS ends at the host and not at the proxy. https://www.rfc-editor.org/rfc/rfc9110#CONNECT */
class TunnelAgent extends Agent {
  readonly #proxy: HttpProxy;

  constructor(proxy: HttpProxy, options: AgentOptions) {
    super(options);
    this.#proxy = proxy;
  }

  override createConnection(options: Destination, onSocket: OnSocket): Duplex | undefined {
    const [host, port] = [String(options.host), Number(options.port)];
    if (!isProxied(this.#proxy, host, port)) return super.createConnection(options, onSocket) as Duplex;
    this.#tunnelTo(host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`).then(
      (socket) => onSocket(null, super.createConnection({ ...options, socket } as Destination) as Duplex),
      (error: Error) => onSocket(error, undefined as unknown as Duplex),
    );
    return undefined;
  }

  /** @param authority host and port */
  #tunnelTo(authority: string): Promise<Duplex> {
    const { url, login } = this.#proxy;
    const headers = {
      host: authority,
      ...(login !== undefined && { 'proxy-authorization': `Basic ${Buffer.from(login).toString('base64')}` }),
    };
    return new Promise((resolve, reject) => {
      const options = { method: 'CONNECT', path: authority, headers, agent: false, timeout: TUNNEL_MS };
      const { origin, host } = url;
      const request = (url.protocol === 'https:' ? secureRequest : plainRequest)(origin, options);
      const refuse = (why: string, mayPass: boolean): void => {
        request.destroy();
        reject(new ProxyError(`the proxy ${host} ${why}; check HTTPS_PROXY and NO_PROXY`, mayPass));
      };
      request.once('connect', ({ statusCode = 0 }: IncomingMessage, socket) => {
        if (statusCode === 200) {
          socket.setTimeout(0);
          resolve(socket);
          return;
        }
        socket.destroy();
        refuse(`answered ${statusCode} for ${authority}`, statusCode >= 500 || statusCode === 429);
      });
      request.once('timeout', () => refuse(`opened no tunnel within ${TUNNEL_MS / 1000} s`, true));
      request.once('error', ({ code, message }: NodeJS.ErrnoException) =>
        refuse(`cannot be reached (${code ?? message})`, true),
      );
      request.end();
    });
  }
}
