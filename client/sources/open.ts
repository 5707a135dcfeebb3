import type { SourceSettings } from '../settings.ts';
import { fileSource } from './file.ts';
import { linesSource } from './lines.ts';
import type { Source, SourceContext } from './source.ts';

/** Opens the source that the settings name. @throws {UsageError} where it cannot be */
export const openSource = async (settings: SourceSettings, context: SourceContext): Promise<Source> => {
  switch (settings.source) {
    case 'file':
      return fileSource(settings.file ?? '', context);
    case 'stdin':
      return linesSource(process.stdin, context);
    case 'twitter': {
      // Loaded here, since only this source needs the library.
      const { twitterSource } = await import('./twitter.ts');
      return twitterSource({ credentials: settings.twitter!, track: settings.track }, context);
    }
  }
};
