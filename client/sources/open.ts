import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { Clock } from '../../core/clock.ts';
import { defined } from '../../core/defined.ts';
import type { Keying } from '../../core/source-event.ts';
import { chunksOf, fileSource } from './file/file.ts';
import { keyedBy, linesSource } from './file/lines.ts';
import { type WrapOptions, wrapPipe } from './file/wrap.ts';
import type { Source, SourceContext } from './source.ts';
import type { SourceSettings } from './source-settings.ts';

/**
 * Opens the source that the settings name.
 *
 * @param settings with `ordered`, wrapped lines share a partition key
 * @param context with shapes, lines have the partition keys that these give them
 * @param start the byte of a file to begin at, the first of a line
 * @throws {UsageError} where it cannot be opened
 */
export const openSource = async (
  settings: SourceSettings & { ordered?: boolean },
  context: SourceContext & Pick<Keying, 'shapes'>,
  start = 0,
): Promise<Source> => {
  const { track, url } = settings;
  const keying = defined({ key: settings.key, shapes: context.shapes });
  // The packages of a live source are loaded only when it is used.
  switch (settings.source) {
    case 'file':
      return fileSource(settings.file ?? '', context, start, {
        ...keying,
        ...defined({ wrap: wrapOf(settings, context) }),
      });
    case 'stdin': {
      const wrap = wrapOf(settings, context);
      const lines = chunksOf(process.stdin, context.signal);
      const toEvent = wrap ? wrapPipe(undefined, wrap) : keyedBy(keying);
      return linesSource(lines, context.signal, { toEvent });
    }
    case 'twitter': {
      const { twitterSource } = await import('./twitter/twitter.ts');
      return twitterSource({ credentials: settings.twitter!, track, ...defined({ sample: settings.sample }) }, context);
    }
    case 'bluesky': {
      const { blueskySource } = await import('./bluesky/bluesky.ts');
      return blueskySource({ track, ...defined({ url }) }, context);
    }
    case 'wikimedia': {
      const { wikimediaSource } = await import('./wikimedia/wikimedia.ts');
      return wikimediaSource(defined({ url }), context);
    }
    case 'synthetic': {
      const { syntheticSource } = await import('./synthetic/synthetic.ts');
      return syntheticSource(settings.synthetic!, context);
    }
  }
};

const wrapOf = (
  { wrap, ordered = false }: SourceSettings & { ordered?: boolean },
  { clock }: { clock: Clock },
): WrapOptions | undefined =>
  wrap === undefined ? undefined : { type: wrap, hostname: hostname(), isOrdered: ordered, clock, runId: randomUUID() };
