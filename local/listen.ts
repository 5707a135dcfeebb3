import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A server of this machine that listens. */
export interface Listening {
  /** Its URL, without a slash at the end. */
  endpoint: string;
  /** Ends it, whatever connections are open. */
  close: () => Promise<void>;
}

/**
 * Lets a server of HTTP listen.
 *
 * @param port 0 is any free port
 * @throws what the server fails with, such as EADDRINUSE
 */
export const listen = async (server: Server, port = 0, host = '127.0.0.1'): Promise<Listening> => {
  await once(server.listen(port, host), 'listening');
  return {
    endpoint: urlOf(host, (server.address() as AddressInfo).port),
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
};

/** An IPv6 address has brackets in a URL. */
export const urlOf = (host: string, port: number): string =>
  `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
