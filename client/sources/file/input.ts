import { constants, createReadStream, fstatSync, openSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { Socket } from 'node:net';
import { finished, pipeline, type Readable } from 'node:stream';
import { isatty, ReadStream as TerminalStream } from 'node:tty';
import { createGunzip } from 'node:zlib';
import { LF } from '../../../core/lines.ts';
import { unreadable } from './identity.ts';

/**
 * What is not a regular file, such as a named pipe or a serial port. Of a file Node reads in a thread, and a read that waits for a writer
 * would hold up the process, even after Ctrl-C.
 *
 * @throws {UsageError} where it cannot be opened
 */
export const streamOf = (path: string): Readable => {
  let fd: number;
  try {
    // Not as the terminal of a service, which has none: a byte of 3 in what comes would be its Ctrl-C.
    fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  } catch (error) {
    throw unreadable(path, error);
  }
  if (isatty(fd)) return new TerminalStream(fd);
  if (fstatSync(fd).isFIFO()) return new Socket({ fd, writable: false });
  // Of another device, such as /dev/kmsg, a read fails where it would wait.
  return createReadStream(path, { fd });
};

/**
 * What is packed in a stream. It ends with an error where the stream does, and where zeros within it are not its end: Node reads no
 * further than to them, and a disk may leave some in a file when the power fails.
 */
export async function* gunzipped(input: Readable, signal: AbortSignal): AsyncGenerator<Buffer> {
  const damage = Object.assign(new Error('zeros within it'), { code: 'Z_DATA_ERROR' });
  let [read, end] = [0, 0];
  const look = (chunk: Buffer): void => {
    const last = chunk.findLastIndex((byte) => byte !== 0);
    if (last >= 0) end = read + last + 1;
    read += chunk.length;
  };
  const looked = async function* (): AsyncGenerator<Buffer> {
    for await (const chunk of input.iterator({ destroyOnReturn: false })) {
      look(chunk);
      yield chunk;
    }
  };
  try {
    const unpacked = pipeline(looked, createGunzip(), () => {});
    yield* chunksOf(unpacked, signal);
    for await (const chunk of chunksOf(input, signal)) look(chunk);
    if (end > unpacked.bytesWritten) throw damage;
  } catch (error) {
    // Node has ended, and goes on all the same where a chunk begins with another gzip.
    throw (error as NodeJS.ErrnoException).code === 'ERR_STREAM_PUSH_AFTER_EOF' ? damage : error;
  } finally {
    input.destroy();
  }
}

const CHUNK_BYTES = 256 * 1024;

/** What a read that found nothing leaves to the next one: a file that is followed is looked at five times a second. */
let spare: Buffer | undefined;

/**
 * The bytes of a file from one of them on, up to where it ends now.
 *
 * @throws the reason of an abort
 */
export async function* bytesFrom(file: FileHandle, start: number, signal: AbortSignal): AsyncGenerator<Buffer> {
  for (let at = start; ; ) {
    signal.throwIfAborted();
    const buffer = spare ?? Buffer.allocUnsafe(CHUNK_BYTES);
    spare = undefined;
    const { bytesRead } = await file.read(buffer, 0, CHUNK_BYTES, at);
    if (bytesRead === 0) {
      spare = buffer;
      return;
    }
    at += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}

/** The same without the first bytes. */
export async function* skipping(chunks: AsyncIterable<Buffer>, bytes: number): AsyncGenerator<Buffer> {
  let left = bytes;
  for await (const chunk of chunks) {
    if (left < chunk.length) yield chunk.subarray(left);
    left = Math.max(0, left - chunk.length);
  }
}

/**
 * The bytes of a stream until the signal is aborted. What had left the pipe by then is still handed out, up to its last
 * line end, since nobody can read it again. Destroys the stream when it ends.
 *
 * @throws the reason of the abort, after the last bytes: so that nobody takes the line that they cut off for a whole one; errors
 *   of the stream
 */
export async function* chunksOf(input: Readable, signal: AbortSignal): AsyncGenerator<Buffer> {
  let wake = (): void => {};
  const onChange = (): void => wake();
  input.on('readable', onChange);
  // Its listener for errors stays: one may be on its way when nobody reads any more.
  finished(input, onChange);
  signal.addEventListener('abort', onChange);
  try {
    while (!signal.aborted) {
      const chunk: Buffer | null = input.read();
      if (chunk) {
        yield chunk;
        continue;
      }
      if (input.readableEnded || input.destroyed || input.errored) break;
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
    signal.removeEventListener('abort', onChange);
    input.off('readable', onChange);
    input.destroy();
  }
}
