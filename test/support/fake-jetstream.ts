import { once } from 'node:events';
import http, { type IncomingMessage } from 'node:http';
import type net from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { type WebSocket, WebSocketServer } from 'ws';

/** Answers one handshake, in place of a WebSocket that stays open and silent. */
export type Script = (handshake: Handshake) => void | Promise<void>;

/** A request for a WebSocket, for a script to answer. */
export class Handshake {
  readonly socket: net.Socket;
  /** Once the connection is closed, whatever became of the request. */
  readonly closed: Promise<void>;
  readonly #accept: () => Promise<WebSocket>;

  constructor(socket: net.Socket, accept: () => Promise<WebSocket>) {
    this.socket = socket;
    this.closed = new Promise((resolve) => socket.once('close', () => resolve()));
    this.#accept = accept;
  }

  /** Opens the WebSocket. */
  async accept(): Promise<Connection> {
    return new Connection(await this.#accept(), this.socket);
  }

  /** Answers with what is no WebSocket. */
  refuse(status: number, headers: Record<string, string> = {}): void {
    const lines = Object.entries({ 'content-length': '0', ...headers }).map(([name, value]) => `${name}: ${value}\r\n`);
    this.socket.end(`HTTP/1.1 ${status} Refused\r\n${lines.join('')}\r\n`);
  }
}

/** An open WebSocket, seen from the server. */
export class Connection {
  readonly webSocket: WebSocket;
  readonly socket: net.Socket;

  constructor(webSocket: WebSocket, socket: net.Socket) {
    this.webSocket = webSocket;
    this.socket = socket;
  }

  get isOpen(): boolean {
    return this.webSocket.readyState === this.webSocket.OPEN;
  }

  /** Sends each as a message of its own. Returns once all of them are on their way. */
  async send(...messages: (Uint8Array | object | string)[]): Promise<void> {
    for (const message of messages) await this.#send(message instanceof Uint8Array ? message : textOf(message));
  }

  /** Sends one message in WebSocket fragments of these bytes. */
  async sendInFragments(...fragments: Uint8Array[]): Promise<void> {
    for (const [i, fragment] of fragments.entries()) await this.#send(fragment, i === fragments.length - 1);
  }

  /** Writes bytes as they are, a frame and all, and pauses, so that they arrive on their own. */
  async write(bytes: Uint8Array): Promise<void> {
    await new Promise<void>((resolve) => {
      this.socket.write(bytes, () => resolve());
    });
    await delay(2);
  }

  /** Says goodbye. */
  close(code?: number, reason?: string): void {
    this.webSocket.close(code, reason);
  }

  /** Says goodbye, takes no notice of the answer, and keeps its side of the TCP connection until somebody closes it. */
  async closeAndStay(): Promise<void> {
    this.socket.removeAllListeners('data').removeAllListeners('end').resume();
    await this.write(Buffer.of(0x88, 0));
  }

  /** Closes the TCP connection without a goodbye. */
  cut(): void {
    this.socket.end();
  }

  /** Sends a TCP reset. */
  reset(): void {
    this.socket.resetAndDestroy();
  }

  #send(data: Uint8Array | string, fin = true): Promise<void> {
    return new Promise((resolve) => {
      // Whoever has left gets nothing more.
      this.webSocket.send(data, { binary: false, fin }, () => resolve());
    });
  }
}

export interface FakeJetstreamOptions {
  /** Whether it offers to compress what it sends. @default false */
  deflate?: boolean;
  /** Whether it answers pings. @default true */
  autoPong?: boolean;
}

/** Jetstream on loopback: a real WebSocket server. Scripts are used up one a handshake. */
export class FakeJetstream {
  /** The query of every request. */
  readonly queries: URLSearchParams[] = [];
  /** Pings that came in. */
  pings = 0;
  readonly #scripts: Script[] = [];
  readonly #sockets = new Set<net.Socket>();
  readonly #http = http.createServer();
  readonly #server: WebSocketServer;

  static async start(options: FakeJetstreamOptions = {}): Promise<FakeJetstream> {
    const jetstream = new FakeJetstream(options);
    jetstream.#http.listen(0, '127.0.0.1');
    await once(jetstream.#http, 'listening');
    return jetstream;
  }

  private constructor({ deflate = false, autoPong = true }: FakeJetstreamOptions) {
    this.#server = new WebSocketServer({
      noServer: true,
      autoPong,
      perMessageDeflate: deflate && { threshold: 0 },
    });
    this.#http.on('connection', (socket: net.Socket) => {
      this.#sockets.add(socket);
      // Clients leave as they like.
      socket.on('error', () => {});
      socket.on('close', () => this.#sockets.delete(socket));
    });
    this.#http.on('upgrade', (request, socket: net.Socket, head) => void this.#handle(request, socket, head));
  }

  /** Stops listening, and ends what is still open. */
  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#http.close();
    await once(this.#http, 'close');
  }

  get url(): string {
    return `ws://${this.host}/subscribe`;
  }

  get host(): string {
    return `127.0.0.1:${(this.#http.address() as net.AddressInfo).port}`;
  }

  script(...scripts: Script[]): void {
    this.#scripts.push(...scripts);
  }

  get connects(): number {
    return this.queries.length;
  }

  /** What each request asked to resume at. */
  get cursors(): (string | null)[] {
    return this.queries.map((query) => query.get('cursor'));
  }

  /** The connections that the client left open, after the time a close takes to arrive. */
  async leftOpen(): Promise<number> {
    for (let tries = 0; tries < 100 && this.#sockets.size > 0; tries += 1) await delay(5);
    return this.#sockets.size;
  }

  async #handle(request: IncomingMessage, socket: net.Socket, head: Buffer): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '/', `ws://${request.headers.host}`);
    this.queries.push(searchParams);
    // A client that leaves before an answer is seen to, as a WebSocket sees to it after one.
    socket.once('end', () => socket.end());
    socket.resume();
    const accept = (): Promise<WebSocket> =>
      new Promise((resolve) => {
        this.#server.handleUpgrade(request, socket, head, (webSocket) => {
          webSocket.on('error', () => {});
          webSocket.on('ping', () => {
            this.pings += 1;
          });
          resolve(webSocket);
        });
      });
    const handshake = new Handshake(socket, accept);
    if (pathname !== '/subscribe') return handshake.refuse(404);
    const script = this.#scripts.shift();
    if (script) return script(handshake);
    await handshake.accept();
  }
}

const textOf = (message: object | string): string => (typeof message === 'string' ? message : JSON.stringify(message));
