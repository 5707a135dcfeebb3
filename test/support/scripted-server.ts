import type http from 'node:http';
import type net from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';

/** Answers one request, in place of what the server does by itself. */
export type Script<A> = (answer: A) => void | Promise<void>;

/** Gives everything in this process some turns. What was written to a socket on loopback arrives meanwhile. */
export const turns = async (count = 20): Promise<void> => {
  for (let i = 0; i < count; i += 1) await turn();
};

/** A number once it no longer grows. */
export const settled = async (read: () => number): Promise<number> => {
  for (let before = -1; before !== read(); await turns(100)) before = read();
  return read();
};

/** The answer of a streaming server to one request, for a script to write. */
export abstract class Answer {
  readonly socket: net.Socket;
  /** Once the connection is closed. */
  readonly closed: Promise<void>;

  constructor(socket: net.Socket) {
    this.socket = socket;
    this.closed = new Promise((resolve) => socket.once('close', () => resolve()));
  }

  /** Begins a stream. */
  abstract accept(): void | Promise<void>;

  /** Writes bytes of the stream as they are. Resolves once they are on their way. */
  protected abstract put(bytes: Uint8Array): Promise<void>;

  /** Answers with something else than a stream. */
  abstract refuse(status: number, headers?: http.OutgoingHttpHeaders, body?: string | Uint8Array): void;

  /** Ends the stream as the protocol wants it. */
  abstract end(): void;

  /** Begins a refusal and leaves it unfinished. */
  abstract refuseInPart(): void | Promise<void>;

  /** Sends messages of the stream, each on its own. Resolves once all of them are on their way. */
  abstract send(...messages: (Uint8Array | string)[]): Promise<void>;

  /** Writes each piece on its own, so that it arrives on its own. */
  async write(...pieces: (Uint8Array | string)[]): Promise<void> {
    for (const piece of pieces) {
      if (this.socket.destroyed) return;
      await this.put(Buffer.from(piece as Uint8Array));
      await turn();
    }
  }

  /** Closes the connection in the middle of the stream. */
  cut(): void {
    this.socket.destroy();
  }

  /** Sends a TCP reset. */
  reset(): void {
    this.socket.resetAndDestroy();
  }
}

/** A stream that brings these chunks and stays open. */
export const bringing =
  (...chunks: (Uint8Array | string)[]): Script<Answer> =>
  async (answer) => {
    await answer.accept();
    await answer.send(...chunks);
  };

/** A stream that brings these chunks and ends. */
export const ending =
  (how: 'end' | 'cut' | 'reset', ...chunks: (Uint8Array | string)[]): Script<Answer> =>
  async (answer) => {
    await bringing(...chunks)(answer);
    answer[how]();
  };

/** An answer of plain HTTP. */
export abstract class HttpAnswer extends Answer {
  readonly request: http.IncomingMessage;
  readonly response: http.ServerResponse;

  constructor(request: http.IncomingMessage, response: http.ServerResponse) {
    super(request.socket);
    this.request = request;
    this.response = response;
  }

  protected begin(headers: http.OutgoingHttpHeaders): void {
    this.socket.setNoDelay(true);
    this.response.writeHead(200, headers);
    this.response.flushHeaders();
  }

  protected put(bytes: Uint8Array): Promise<void> {
    return new Promise((resolve) => {
      this.response.write(bytes, () => resolve());
    });
  }

  send(...messages: (Uint8Array | string)[]): Promise<void> {
    return this.write(...messages);
  }

  refuse(status: number, headers: http.OutgoingHttpHeaders = {}, body: string | Uint8Array = ''): void {
    this.response.writeHead(status, headers);
    this.response.end(body);
  }

  /** Answers that it goes on in another protocol. */
  upgrade(): void {
    this.socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n');
  }

  async refuseInPart(): Promise<void> {
    this.response.writeHead(503, { 'content-length': 100 });
    await this.put(Buffer.from('{"title":'));
  }

  end(): void {
    this.response.end();
  }
}
