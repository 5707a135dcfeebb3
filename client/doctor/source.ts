import { open, stat } from 'node:fs/promises';
import { systemClock } from '../../aws/system-clock.ts';
import { number } from '../../cli/numbers.ts';
import type { SourceSettings } from '../sources/source-settings.ts';
import { type Check, type Finding, failed, ok, skipped, type Tools } from './check.ts';
import { checkLive } from './live.ts';
import { checkX } from './x.ts';

/** Whether the source can be read. None of this costs anything or takes an event away. */
export const sourceCheck: Check = {
  name: 'source',
  run: ({ source }, tools, signal) => {
    switch (source.source) {
      case 'twitter':
        return checkX(source, tools, signal);
      case 'bluesky':
      case 'wikimedia':
        return checkLive(source, tools, signal);
      case 'file':
        return source.file === undefined ? skipped('no file is given') : checkFile(source.file);
      case 'stdin':
        return skipped('standard input is read only once the client runs');
      case 'synthetic':
        return checkSynthetic(source, tools, signal);
    }
  },
};

/** @throws {UsageError} for settings that no event can have */
const checkSynthetic = async (
  source: SourceSettings,
  { openSource }: Pick<Tools, 'openSource'>,
  signal: AbortSignal,
): Promise<Finding> => {
  await openSource(source, { signal, clock: systemClock, note: () => {} });
  return ok('the generator can make such events');
};

const checkFile = async (path: string): Promise<Finding> => {
  try {
    const stats = await stat(path);
    if (stats.isDirectory()) return failed(`"${path}" is a directory; expected a file with one JSON event a line`);
    // To open a pipe would take what is in it from the client.
    if (!stats.isFile()) return skipped(`"${path}" is no regular file; it is opened only once the client runs`);
    if (stats.size === 0) return failed(`"${path}" is empty; expected one JSON event a line`);
    await (await open(path)).close();
    return ok(`"${path}" can be read, ${number(stats.size)} bytes`);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return failed(`"${path}" cannot be read (${code}); expected a file with one JSON event a line`);
  }
};
