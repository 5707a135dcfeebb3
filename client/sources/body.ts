import { finished, type Readable } from 'node:stream';

export interface BodyOptions {
  /** How long the sender may send nothing while a read is waiting; the time a consumer takes does not count. Milliseconds. */
  idleMs: number;
  /** Whose body it is, for the messages. */
  sender: string;
  /** The error for a connection that is lost or silent. */
  toError: (message: string, options?: ErrorOptions) => Error;
}

/**
 * The bytes of a stream's body, pulled: it reads on only when asked to, so a slow consumer slows the sender down. What had
 * arrived before a connection broke is handed out before the error, where `for await` over the body would drop it.
 * Like that, it destroys the body when it ends or is left.
 *
 * @throws what `toError` makes, where the connection is lost or silent
 */
export async function* bytesOf(body: Readable, { idleMs, sender, toError }: BodyOptions): AsyncGenerator<Buffer> {
  let wake = (): void => {};
  const stirred = (): void => wake();
  body.on('readable', stirred);
  finished(body, stirred);
  const silent = toError(`${sender} sent nothing for ${idleMs / 1000} s`);
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
  if (errored) throw toError(`the connection to ${sender} was lost (${errored.message})`, { cause: errored });
}
