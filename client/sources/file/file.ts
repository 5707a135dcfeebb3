import { constants, createReadStream, openSync, statSync } from 'node:fs';
import { Socket } from 'node:net';
import { finished, type Readable } from 'node:stream';
import { shownPath } from '../../../cli/shown.ts';
import { UsageError } from '../../../cli/usage-error.ts';
import type { Keying } from '../../../core/source-event.ts';
import type { Source, SourceContext } from '../source.ts';
import { keyedBy, linesSource } from './lines.ts';
import { type WrapOptions, wrapFile, wrapPipe } from './wrap.ts';

/**
 * A file of events, one JSON a line (NDJSON), or of lines of any kind where they are wrapped.
 *
 * @param start the byte to begin at, the first of a line
 * @param options `wrap` makes each line an event; the others say where the partition key of an event comes from
 * @throws {UsageError} where there is no such file or it is a directory
 */
export const fileSource = (
  path: string,
  { signal }: Pick<SourceContext, 'signal'>,
  start = 0,
  { wrap, ...keying }: { wrap?: WrapOptions } & Keying = {},
): Source => {
  const stats = statSync(path, { throwIfNoEntry: false, bigint: true });
  if (!stats) throw new UsageError([`there is no file ${shownPath(path)}; expected a file with one JSON event a line`]);
  if (stats.isDirectory())
    throw new UsageError([`"${path}" is a directory; expected a file with one JSON event a line`]);
  const input = stats.isFIFO()
    ? pipeOf(path)
    : createReadStream(path, { highWaterMark: 256 * 1024, ...(start > 0 && { start }) });
  // A pipe cannot be read again.
  const wrapped = wrap && (stats.isFile() ? wrapFile(path, stats.ino, wrap) : wrapPipe(path, wrap));
  return linesSource(chunksOf(input, signal), signal, { start, toEvent: wrapped ?? keyedBy(keying) });
};

/** A named pipe. Opened as a file it would hold up the process, even after Ctrl-C, until somebody writes into it. */
const pipeOf = (path: string): Socket =>
  new Socket({ fd: openSync(path, constants.O_RDONLY | constants.O_NONBLOCK), writable: false });

const LF = 0x0a;

/**
 * The bytes of a file or a pipe until the signal is aborted. What had left the pipe by then is still handed out, up to its last
 * line end, since nobody can read it again. Destroys the stream when it ends.
 *
 * @throws the reason of the abort, after the last bytes: so that nobody takes the line that they cut off for a whole one; errors
 *   of the stream
 */
export async function* chunksOf(input: Readable, signal: AbortSignal): AsyncGenerator<Buffer> {
  let wake = (): void => {};
  const onChange = (): void => wake();
  input.on('readable', onChange);
  const forget = finished(input, onChange);
  signal.addEventListener('abort', onChange);
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
    signal.removeEventListener('abort', onChange);
    input.off('readable', onChange);
    input.destroy();
  }
}
