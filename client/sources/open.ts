import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { chunksOf } from './chunks.ts';
import { fileSource } from './file.ts';
import { linesSource } from './lines.ts';
import type { Source, SourceContext } from './source.ts';
import type { SourceSettings } from './source-settings.ts';
import { type WrapOptions, wrapPipe } from './wrap.ts';

/**
 * Opens the source that the settings name.
 *
 * @param settings with `ordered`, wrapped lines share a partition key
 * @param start the byte of a file to begin at, the first of a line
 * @throws {UsageError} where it cannot be opened
 */
export const openSource = async (
  settings: SourceSettings & { ordered?: boolean },
  context: SourceContext,
  start = 0,
): Promise<Source> => {
  const { track, url } = settings;
  // What only one source needs is loaded only for it.
  switch (settings.source) {
    case 'file':
      return fileSource(settings.file ?? '', context, start, wrapOf(settings));
    case 'stdin': {
      const wrap = wrapOf(settings);
      const lines = chunksOf(process.stdin, context.signal);
      return linesSource(lines, context, wrap && { toEvent: wrapPipe(undefined, wrap) });
    }
    case 'twitter': {
      const { twitterSource } = await import('./twitter/twitter.ts');
      return twitterSource(
        { credentials: settings.twitter!, track, ...(settings.sample !== undefined && { sample: settings.sample }) },
        context,
      );
    }
    case 'bluesky': {
      const { blueskySource } = await import('./bluesky/bluesky.ts');
      return blueskySource({ track, ...(url !== undefined && { url }) }, context);
    }
    case 'wikimedia': {
      const { wikimediaSource } = await import('./wikimedia/wikimedia.ts');
      return wikimediaSource(url === undefined ? {} : { url }, context);
    }
    case 'synthetic': {
      const { syntheticSource } = await import('./synthetic/synthetic.ts');
      return syntheticSource(settings.synthetic!, context);
    }
  }
};

const wrapOf = ({ wrap, ordered = false }: SourceSettings & { ordered?: boolean }): WrapOptions | undefined =>
  wrap === undefined
    ? undefined
    : { type: wrap, hostname: hostname(), isOrdered: ordered, now: Date.now, runId: randomUUID() };
