import type { SourceSettings } from '../settings.ts';
import { chunksOf } from './chunks.ts';
import { fileSource } from './file.ts';
import { linesSource } from './lines.ts';
import type { Source, SourceContext } from './source.ts';

/**
 * Opens the source that the settings name.
 *
 * @param start the byte of a file to begin at, the first of a line
 * @throws {UsageError} where it cannot be opened
 */
export const openSource = async (settings: SourceSettings, context: SourceContext, start = 0): Promise<Source> => {
  switch (settings.source) {
    case 'file':
      return fileSource(settings.file ?? '', context, start);
    case 'stdin':
      return linesSource(chunksOf(process.stdin, context.signal), context);
    case 'twitter': {
      // Loaded here, since only this source needs the library.
      const { twitterSource } = await import('./twitter.ts');
      return twitterSource({ credentials: settings.twitter!, track: settings.track }, context);
    }
  }
};
