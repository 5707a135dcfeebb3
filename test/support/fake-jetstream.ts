import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import type net from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import { LoopbackServer } from './loopback-server.ts';
import { Answer } from './scripted-server.ts';

export type Script = (answer: JetstreamAnswer) => void | Promise<void>;

/** The answer to one request for a WebSocket, for a script to write. */
export class JetstreamAnswer extends Answer {
  readonly #upgrade: () => Promise<WebSocket>;
  #webSocket: WebSocket | undefined;

  constructor(socket: net.Socket, upgrade: () => Promise<WebSocket>) {
    super(socket);
    this.#upgrade = upgrade;
  }

  /** The WebSocket, once it is accepted. */
  get webSocket(): WebSocket {
    return this.#webSocket!;
  }

  async accept(): Promise<void> {
    this.#webSocket = await this.#upgrade();
  }

  /** Sends each as a message of its own. Resolves once all of them are on their way. */
  async send(...messages: (Uint8Array | object | string)[]): Promise<void> {
    for (const message of messages) await this.#send(message instanceof Uint8Array ? message : textOf(message));
  }

  /** Sends one message in WebSocket fragments of these bytes. */
  async sendInFragments(...fragments: Uint8Array[]): Promise<void> {
    for (const [i, fragment] of fragments.entries()) await this.#send(fragment, i === fragments.length - 1);
  }

  protected put(bytes: Uint8Array): Promise<void> {
    return new Promise((resolve) => {
      this.socket.write(bytes, () => resolve());
    });
  }

  refuse(status: number, headers: OutgoingHttpHeaders = {}): void {
    const lines = Object.entries({ 'content-length': '0', ...headers }).map(([name, value]) => `${name}: ${value}\r\n`);
    this.socket.end(`HTTP/1.1 ${status} Refused\r\n${lines.join('')}\r\n`);
  }

  refuseInPart(): void {
    this.socket.write('HTTP/1.1 503 No\r\ncontent-');
  }

  end(): void {
    this.close(1_001, 'going away');
  }

  /** Closes the WebSocket as its protocol wants it. */
  close(code?: number, reason?: string): void {
    this.webSocket.close(code, reason);
  }

  /** Sends a close frame, ignores the answer, and keeps its side of the TCP connection until somebody closes it. */
  async closeAndStay(): Promise<void> {
    this.socket.removeAllListeners('data').removeAllListeners('end').resume();
    await this.write(Buffer.of(0x88, 0));
  }

  override cut(): void {
    this.socket.end();
  }

  #send(data: Uint8Array | string, fin = true): Promise<void> {
    return new Promise((resolve) => {
      // A client that has left gets nothing more.
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

/** Jetstream on loopback: a real WebSocket server. A connection stays open and silent, unless a script says otherwise. */
export class FakeJetstream extends LoopbackServer {
  /** The query of every request. */
  readonly queries: URLSearchParams[] = [];
  /** Pings that came in. */
  pings = 0;
  onPing = (): void => {};
  readonly #scripts: Script[] = [];
  readonly #server: WebSocketServer;

  static start(options: FakeJetstreamOptions = {}): Promise<FakeJetstream> {
    return new FakeJetstream(options).start();
  }

  private constructor({ deflate = false, autoPong = true }: FakeJetstreamOptions) {
    super();
    this.#server = new WebSocketServer({ noServer: true, autoPong, perMessageDeflate: deflate && { threshold: 0 } });
    this.http.on('upgrade', (request, socket: net.Socket, head) => void this.#handle(request, socket, head));
  }

  get url(): string {
    return `ws://${this.host}/subscribe`;
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

  async #handle(request: IncomingMessage, socket: net.Socket, head: Buffer): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '/', `ws://${request.headers.host}`);
    this.queries.push(searchParams);
    // Before an answer nobody else closes the connection of a client that leaves.
    socket.once('end', () => socket.end());
    socket.resume();
    const upgrade = (): Promise<WebSocket> =>
      new Promise((resolve) => {
        this.#server.handleUpgrade(request, socket, head, (webSocket) => {
          webSocket.on('error', () => {});
          webSocket.on('ping', () => {
            this.pings += 1;
            this.onPing();
          });
          resolve(webSocket);
        });
      });
    const answer = new JetstreamAnswer(socket, upgrade);
    if (pathname !== '/subscribe') return answer.refuse(404);
    const script = this.#scripts.shift();
    if (script) return script(answer);
    await answer.accept();
  }
}

const textOf = (message: object | string): string => (typeof message === 'string' ? message : JSON.stringify(message));
