import { finished, type Readable } from 'node:stream';

const LF = 0x0a;

/**
 * The bytes of a file or a pipe until the signal is aborted. What had left the pipe by then is handed out all the same, up
 * to its last line end, since nobody else can read it again. Destroys the stream when it ends.
 *
 * @throws the reason of the abort, after the last bytes: the line that they cut off is none. Errors of the stream.
 */
export async function* chunksOf(input: Readable, signal: AbortSignal): AsyncGenerator<Buffer> {
  let wake = (): void => {};
  const stirred = (): void => wake();
  input.on('readable', stirred);
  const forget = finished(input, stirred);
  signal.addEventListener('abort', stirred);
  try {
    while (!signal.aborted) {
      const chunk: Buffer | null = input.read();
      if (chunk) {
        yield chunk;
        continue;
      }
      if (input.readableEnded || input.destroyed) break;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    if (input.errored) throw input.errored;
    if (!signal.aborted || input.readableEnded) return;
    const last: Buffer = input.read() ?? Buffer.alloc(0);
    input.destroy();
    if (last.includes(LF)) yield last.subarray(0, last.lastIndexOf(LF) + 1);
    throw signal.reason;
  } finally {
    forget();
    signal.removeEventListener('abort', stirred);
    input.off('readable', stirred);
    input.destroy();
  }
}
