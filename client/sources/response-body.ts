import { finished, type Readable } from 'node:stream';
import type { Clock } from '../../core/clock.ts';
import { startTimeout } from '../timeout.ts';
import { DisconnectedError } from './disconnected.ts';

export interface BodyOptions {
  clock: Pick<Clock, 'sleep'>;
  /** How long the sender may send nothing while a read is waiting. The time that a consumer takes does not count. Milliseconds. */
  idleMs: number;
  /** Who sends it, for the messages. */
  sender: string;
}

/**
 * The bytes of a stream's body. It reads on only when asked to, so a slow consumer slows the sender down. What had arrived
 * before a connection broke is handed out before the error; `for await` over the body would drop it. The body is destroyed when
 * it ends or the consumer leaves.
 *
 * @throws {DisconnectedError} where the connection is lost or silent
 */
export async function* bytesOf(body: Readable, { clock, idleMs, sender }: BodyOptions): AsyncGenerator<Buffer> {
  let wake = (): void => {};
  const onChange = (): void => wake();
  body.on('readable', onChange);
  finished(body, onChange);
  const silent = new DisconnectedError(`${sender} sent nothing for ${idleMs / 1000} s`);
  try {
    for (;;) {
      const chunk: Buffer | null = body.read();
      if (chunk) {
        yield chunk;
        continue;
      }
      if (body.readableEnded || body.destroyed) break;
      const endTimeout = startTimeout(clock, idleMs, () => body.destroy(silent));
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
      endTimeout();
    }
  } finally {
    body.off('readable', onChange);
    body.destroy();
  }
  const { errored } = body;
  if (errored === silent) throw silent;
  if (errored)
    throw new DisconnectedError(`the connection to ${sender} was lost (${errored.message})`, { cause: errored });
}
