import type WebSocket from 'ws';
import { DisconnectedError } from '../reconnecting.ts';

/**
 * What a WebSocket brought and nobody has taken yet: no more than had arrived by the time the socket was paused, which it is
 * unless somebody waits.
 */
export class Inbox {
  readonly #socket: WebSocket;
  /** Whose messages they are, for errors. */
  readonly #host: string;
  readonly #messages: Buffer[] = [];
  #isOpen = false;
  /** Why nothing more comes. */
  #end: { error: unknown } | undefined;
  #wake = (): void => {};

  constructor(socket: WebSocket, host: string) {
    this.#socket = socket;
    this.#host = host;
    socket.on('open', () => {
      this.#isOpen = true;
      this.#wake();
    });
    socket.on('message', (data) => {
      // Each is a Buffer, of text frames as well: `binaryType` says so by default.
      this.#messages.push(data as Buffer);
      socket.pause();
      this.#wake();
    });
    for (const sign of ['ping', 'pong'] as const) socket.on(sign, () => this.#wake());
    socket.on('error', (error: NodeJS.ErrnoException) => this.end(this.#broken(error)));
    socket.on('close', (code, reason) => this.end(new DisconnectedError(closed(host, code, reason.toString()))));
  }

  /** Says why nothing more comes. Only the first reason counts, and what has come by then is still handed out. */
  end(error: unknown): void {
    this.#end ??= { error };
    this.#wake();
  }

  /** Waits until the socket is open. @throws what it was ended with; {DisconnectedError} where it takes longer */
  async opened(withinMs: number): Promise<void> {
    const timer = setTimeout(() => {
      this.end(new DisconnectedError(`${this.#host} did not answer within ${withinMs / 1_000} s`));
    }, withinMs);
    try {
      while (!this.#isOpen) {
        if (this.#end) throw this.#end.error;
        await this.#stirred();
      }
    } finally {
      clearTimeout(timer);
    }
  }

  /**
   * The next message. The time that a consumer takes between two does not count as silence.
   *
   * @param idleMs how long the server may send nothing; after half of it, it is asked for a sign
   * @throws what it was ended with; {DisconnectedError} where the server is silent
   */
  async next(idleMs: number): Promise<Buffer> {
    for (let isAsked = false; ; ) {
      const message = this.#messages.shift();
      if (message) return message;
      if (this.#end) throw this.#end.error;
      this.#socket.resume();
      if (await this.#stirred(idleMs / 2)) isAsked = false;
      else if (isAsked)
        throw new DisconnectedError(`${this.#host} sent nothing for ${idleMs / 1_000} s, not even a pong`);
      else {
        isAsked = true;
        this.#socket.ping();
      }
    }
  }

  /** Waits for a sign of the socket. @returns whether one came in time */
  async #stirred(withinMs?: number): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined;
    const isStirred = await new Promise<boolean>((resolve) => {
      this.#wake = () => resolve(true);
      if (withinMs !== undefined) timer = setTimeout(resolve, withinMs, false);
    });
    clearTimeout(timer);
    return isStirred;
  }

  /** A refused connection to a name with several addresses has a code, but no message. */
  #broken(cause: NodeJS.ErrnoException): DisconnectedError {
    const found = this.#isOpen ? `the connection to ${this.#host} was lost` : `${this.#host} could not be reached`;
    return new DisconnectedError(`${found} (${cause.message || cause.code})`, { cause });
  }
}

/** Of a connection that ended without a word. https://www.rfc-editor.org/rfc/rfc6455#section-7.4.1 */
const NO_STATUS = 1_005;
const ABNORMAL = 1_006;

const closed = (host: string, code: number, reason: string): string => {
  if (code === ABNORMAL) return `the connection to ${host} was lost`;
  // In quotes, as what another machine sent may hold anything that a terminal obeys.
  const said = [...(code === NO_STATUS ? [] : [code]), ...(reason === '' ? [] : [JSON.stringify(reason)])].join(': ');
  return `${host} closed the connection${said && ` (${said})`}`;
};
