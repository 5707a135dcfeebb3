import WebSocket from 'ws';
import type { SourceContext } from '../source.ts';
import { Inbox } from './inbox.ts';
import { toRefusalError } from './refusal.ts';
import { MAX_MESSAGE_BYTES } from './subscription.ts';

export interface ConnectionOptions extends SourceContext {
  /** How long the server may take to open the WebSocket, the way there included. Milliseconds. */
  handshakeMs: number;
  /** How long the server may send nothing, not even the answer to a ping. Milliseconds. */
  idleMs: number;
  /** Milliseconds since 1970. */
  now: () => number;
}

const WEB_SOCKET = {
  maxPayload: MAX_MESSAGE_BYTES,
  // One text that is not UTF-8 is no reason to give up the connection; whoever parses it will see.
  skipUTF8Validation: true,
  // How long a server that said goodbye may leave its socket open. Milliseconds.
  closeTimeout: 1_000,
};

/**
 * The messages of one WebSocket, byte for byte, pulled: it reads on only when asked to, so a slow consumer slows the server
 * down. What had arrived before the connection ended is handed out before the error. A quiet server is asked by a ping
 * whether it is still there. The socket is closed at once where the generator is left or the signal is aborted.
 *
 * @throws {DisconnectedError} in the end, where another try may help; {SourceError} where none does; the reason of an abort
 */
export async function* messagesFrom(
  url: URL,
  { signal, note, handshakeMs, idleMs, now }: ConnectionOptions,
): AsyncGenerator<Buffer, never> {
  signal.throwIfAborted();
  const { host } = url;
  const socket = new WebSocket(url, WEB_SOCKET);
  const inbox = new Inbox(socket, host);
  socket.on('unexpected-response', (_, response) => inbox.end(toRefusalError(response, host, now())));
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
