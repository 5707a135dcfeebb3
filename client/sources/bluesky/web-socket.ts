import type { IncomingMessage } from 'node:http';
import WebSocket from 'ws';
import type { Clock } from '../../../core/clock.ts';
import { shown } from '../../../core/json.ts';
import { startTimeout } from '../../timeout.ts';
import { DisconnectedError, toDisconnected, unconnected } from '../disconnected.ts';
import type { SourceContext } from '../source.ts';
import { MAX_MESSAGE_BYTES } from './subscription.ts';

export interface WebSocketOptions extends SourceContext {
  /** How long the server may take to open the WebSocket, from the connection on. Milliseconds. */
  handshakeMs: number;
  /** How long the server may send nothing, not even the answer to a ping. Milliseconds. */
  idleMs: number;
}

const WEB_SOCKET = {
  maxPayload: MAX_MESSAGE_BYTES,
  // One text that is not UTF-8 is not a reason to give up the connection; the parser of the message will notice.
  skipUTF8Validation: true,
  // A server that has closed the WebSocket sends nothing more, so there is no need to wait for its socket. Milliseconds.
  closeTimeout: 10,
};

/**
 * The messages of one WebSocket, byte for byte. It reads on only when asked to, so a slow consumer slows the server down. What
 * had arrived before the connection ended is handed out before the error. A quiet server is asked by a ping whether it is
 * still there. The socket is closed at once where the generator is left or the signal is aborted.
 *
 * @throws {DisconnectedError} in the end; the reason of an abort
 */
export async function* messagesFrom(
  url: URL,
  { signal, note, clock, calendar, agent, handshakeMs, idleMs }: WebSocketOptions,
): AsyncGenerator<Buffer, never> {
  signal.throwIfAborted();
  const { host } = url;
  const socket = new WebSocket(url, url.protocol === 'wss:' && agent ? { ...WEB_SOCKET, agent } : WEB_SOCKET);
  const inbox = new Inbox(socket, host, clock);
  socket.on('unexpected-response', (_, response) => inbox.end(refused(response, host, calendar.now())));
  const abort = (): void => {
    inbox.end(signal.reason);
    socket.terminate();
  };
  signal.addEventListener('abort', abort, { once: true });
  try {
    await inbox.opened(handshakeMs);
    note({ kind: 'connected', message: `connected to ${host}` });
    for (;;) {
      const message = await inbox.next(idleMs);
      signal.throwIfAborted();
      yield message;
    }
  } finally {
    signal.removeEventListener('abort', abort);
    socket.terminate();
  }
}

/**
 * The messages of a WebSocket that the consumer has not taken yet. The socket is paused unless the consumer waits, so these are
 * the few that had arrived by then.
 */
class Inbox {
  readonly #socket: WebSocket;
  /** Whose messages they are, for errors. */
  readonly #host: string;
  readonly #clock: Pick<Clock, 'sleep'>;
  readonly #messages: Buffer[] = [];
  #isOpen = false;
  /** Why nothing more comes. */
  #end: { error: unknown } | undefined;
  #wake = (): void => {};

  constructor(socket: WebSocket, host: string, clock: Pick<Clock, 'sleep'>) {
    this.#socket = socket;
    this.#host = host;
    this.#clock = clock;
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
    for (const frame of ['ping', 'pong'] as const) socket.on(frame, () => this.#wake());
    socket.on('error', (error) => this.end(this.#broken(error)));
    socket.on('close', (code, reason) => this.end(new DisconnectedError(closed(host, code, reason.toString()))));
  }

  /** Says why nothing more comes. Only the first reason counts. What has arrived by then is still handed out. */
  end(error: unknown): void {
    this.#end ??= { error };
    this.#wake();
  }

  /** Waits until the socket is open. @throws what it was ended with; {DisconnectedError} where it takes longer */
  async opened(withinMs: number): Promise<void> {
    const tooLate = new DisconnectedError(`${this.#host} did not answer within ${withinMs / 1_000} s`);
    const endTimeout = startTimeout(this.#clock, withinMs, () => this.end(tooLate));
    try {
      while (!this.#isOpen) {
        if (this.#end) throw this.#end.error;
        await this.#changed();
      }
    } finally {
      endTimeout();
    }
  }

  /**
   * The next message. The time that a consumer takes between two does not count as silence.
   *
   * @param idleMs how long the server may send nothing; after half of it, a ping asks it for a sign of life
   * @throws what it was ended with; {DisconnectedError} where the server is silent
   */
  async next(idleMs: number): Promise<Buffer> {
    for (let isAsked = false; ; ) {
      const message = this.#messages.shift();
      if (message) return message;
      if (this.#end) throw this.#end.error;
      this.#socket.resume();
      if (await this.#changed(idleMs / 2)) isAsked = false;
      else if (isAsked)
        throw new DisconnectedError(`${this.#host} sent nothing for ${idleMs / 1_000} s, not even a pong`);
      else {
        isAsked = true;
        this.#socket.ping();
      }
    }
  }

  /** Waits for anything to happen on the socket. @returns whether it did in time */
  async #changed(withinMs?: number): Promise<boolean> {
    let endTimeout = (): void => {};
    const hasChanged = await new Promise<boolean>((resolve) => {
      this.#wake = () => resolve(true);
      if (withinMs !== undefined) endTimeout = startTimeout(this.#clock, withinMs, () => resolve(false));
    });
    endTimeout();
    return hasChanged;
  }

  #broken(cause: Error): DisconnectedError {
    return unconnected(
      this.#isOpen ? `the connection to ${this.#host} was lost` : `${this.#host} could not be reached`,
      cause,
    );
  }
}

/** Codes of a connection that was closed without one. https://www.rfc-editor.org/rfc/rfc6455#section-7.4.1 */
const NO_STATUS = 1_005;
const ABNORMAL = 1_006;

const closed = (host: string, code: number, reason: string): string => {
  if (code === ABNORMAL) return `the connection to ${host} was lost`;
  const why = [...(code === NO_STATUS ? [] : [code]), ...(reason === '' ? [] : [shown(reason)])].join(': ');
  return `${host} closed the connection${why && ` (${why})`}`;
};

/** The error for an answer that opens no WebSocket. */
const refused = ({ statusCode: status = 0, headers }: IncomingMessage, host: string, now: number): DisconnectedError =>
  toDisconnected({ status, headers, found: `${host} answered ${status}`, remedy: remedyFor(status), now });

const remedyFor = (status: number): string => {
  if (status === 400) return 'expected a subscription that it understands: correct the query of --url';
  if (status === 401 || status === 403)
    return 'expected to be let in: give --url a server that takes anybody, or leave it out';
  return 'expected 101 and a WebSocket of Jetstream: check --url, or leave it out for the public servers';
};
