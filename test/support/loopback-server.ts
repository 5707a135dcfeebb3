import { once } from 'node:events';
import http from 'node:http';
import type net from 'node:net';

/** A server on loopback, for fakes to build on. It knows which connections are open. */
export class LoopbackServer {
  protected readonly http: http.Server;
  readonly #sockets = new Set<net.Socket>();

  constructor(server: http.Server = http.createServer()) {
    this.http = server;
    server.on('connection', (socket: net.Socket) => {
      this.#sockets.add(socket);
      // Clients leave as they like.
      socket.on('error', () => {});
      socket.on('close', () => this.#sockets.delete(socket));
    });
  }

  /** @returns itself, once it listens on a port of its own */
  async start(): Promise<this> {
    this.http.listen(0, '127.0.0.1');
    await once(this.http, 'listening');
    return this;
  }

  /** Stops listening, and ends what is still open. */
  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.http.close();
    await once(this.http, 'close');
  }

  get port(): number {
    return (this.http.address() as net.AddressInfo).port;
  }

  get host(): string {
    return `127.0.0.1:${this.port}`;
  }

  get endpoint(): string {
    return `http://${this.host}`;
  }

  /** Resolves once the client has left no connection open. */
  async allClosed(): Promise<void> {
    await Promise.all(Array.from(this.#sockets, (socket) => once(socket, 'close')));
  }
}
