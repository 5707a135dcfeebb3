import { constants, createReadStream, openSync, statSync } from 'node:fs';
import { Socket } from 'node:net';
import { UsageError } from '../../cli/usage-error.ts';
import { chunksOf } from './chunks.ts';
import { linesSource } from './lines.ts';
import type { Source, SourceContext } from './source.ts';
import { type WrapOptions, wrapFile, wrapPipe } from './wrap.ts';

/**
 * A file of events, one JSON a line (NDJSON), or of any lines where they are wrapped.
 *
 * @param start the byte to begin at, the first of a line
 * @param wrap makes each line an event
 * @throws {UsageError} where there is no such file or it is none
 */
export const fileSource = (path: string, context: SourceContext, start = 0, wrap?: WrapOptions): Source => {
  const stats = statSync(path, { throwIfNoEntry: false, bigint: true });
  if (!stats) throw new UsageError([`there is no file "${path}"; expected a file with one JSON event a line`]);
  if (stats.isDirectory())
    throw new UsageError([`"${path}" is a directory; expected a file with one JSON event a line`]);
  const input = stats.isFIFO()
    ? pipeOf(path)
    : createReadStream(path, { highWaterMark: 256 * 1024, ...(start > 0 && { start }) });
  // A pipe cannot be read again.
  const wrapped = wrap && (stats.isFile() ? wrapFile(path, stats.ino, wrap) : wrapPipe(path, wrap));
  return linesSource(chunksOf(input, context.signal), context, { start, ...(wrapped && { toEvent: wrapped }) });
};

/** A named pipe. As a file it would be waited for, even after Ctrl-C, until somebody writes into it. */
const pipeOf = (path: string): Socket =>
  new Socket({ fd: openSync(path, constants.O_RDONLY | constants.O_NONBLOCK), writable: false });
