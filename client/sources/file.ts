import { createReadStream, statSync } from 'node:fs';
import { UsageError } from '../usage-error.ts';
import { chunksOf } from './chunks.ts';
import { linesSource } from './lines.ts';
import type { Source, SourceContext } from './source.ts';

/**
 * A file of events, one JSON a line (NDJSON).
 *
 * @param start the byte to begin at, the first of a line
 * @throws {UsageError} where there is no such file or it is none
 */
export const fileSource = (path: string, context: SourceContext, start = 0): Source => {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (!stats) throw new UsageError([`there is no file "${path}"; expected a file with one JSON event a line`]);
  if (stats.isDirectory())
    throw new UsageError([`"${path}" is a directory; expected a file with one JSON event a line`]);
  // A named pipe has no positions, not even the first.
  const input = createReadStream(path, { highWaterMark: 256 * 1024, ...(start > 0 && { start }) });
  return linesSource(chunksOf(input, context.signal), context, start);
};
