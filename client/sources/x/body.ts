import { finished, type Readable } from 'node:stream';
import { ConnectionEndedError } from './failure.ts';

/**
 * The bytes of a stream's body, pulled: it reads on only when asked to, so a slow consumer slows X down. What had
 * arrived before a connection broke is handed out before the error, where `for await` over the body would drop it.
 * Like that, it destroys the body when it ends or is left.
 *
 * @param idleMs how long X may send nothing while a read is waiting; the time a consumer takes does not count
 * @throws {ConnectionEndedError} where the connection is lost or silent
 */
export async function* bytesOf(body: Readable, idleMs: number): AsyncGenerator<Buffer> {
  let wake = (): void => {};
  const stirred = (): void => wake();
  body.on('readable', stirred);
  finished(body, stirred);
  const silent = new ConnectionEndedError(`X sent nothing for ${idleMs / 1000} s`);
  try {
    for (;;) {
      const chunk: Buffer | null = body.read();
      if (chunk) {
        yield chunk;
        continue;
      }
      if (body.readableEnded || body.destroyed) break;
      const timer = setTimeout(() => body.destroy(silent), idleMs);
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
      clearTimeout(timer);
    }
  } finally {
    body.off('readable', stirred);
    body.destroy();
  }
  const { errored } = body;
  if (errored === silent) throw silent;
  if (errored) throw new ConnectionEndedError(`the connection to X was lost (${errored.message})`, { cause: errored });
}
