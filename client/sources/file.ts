import { createReadStream, statSync } from 'node:fs';
import { UsageError } from '../usage-error.ts';
import { linesSource } from './lines.ts';
import type { Source, SourceContext } from './source.ts';

/**
 * A file of events, one JSON a line (NDJSON).
 *
 * @throws {UsageError} where there is no such file or it is none
 */
export const fileSource = (path: string, context: SourceContext): Source => {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (!stats) throw new UsageError([`there is no file "${path}"; expected a file with one JSON event a line`]);
  if (stats.isDirectory())
    throw new UsageError([`"${path}" is a directory; expected a file with one JSON event a line`]);
  return linesSource(createReadStream(path, { highWaterMark: 256 * 1024 }), context);
};
