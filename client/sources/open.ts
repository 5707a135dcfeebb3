import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { defined } from '../../core/defined.ts';
import type { Keying } from '../../core/source-event.ts';
import { fileSource, linesIn } from './file/file.ts';
import { linesSource } from './file/lines.ts';
import type { FileStart } from './file/start.ts';
import { type EventMaker, eventMaker } from './file/to-event.ts';
import type { Source, SourceContext } from './source.ts';
import type { SourceSettings } from './source-settings.ts';

/**
 * Opens the source that the settings name.
 *
 * @param settings with `ordered`, wrapped lines share a partition key
 * @param context with shapes, lines have the partition keys that these give them
 * @param start where an earlier run ended: there is a checkpoint
 * @throws {UsageError} where it cannot be opened
 */
export const openSource = async (
  settings: SourceSettings & { ordered?: boolean },
  context: SourceContext & Pick<Keying, 'shapes'>,
  start?: FileStart | string,
): Promise<Source> => {
  const { track, url } = settings;
  const from = typeof start === 'string' ? start : undefined;
  // The packages of a live source are loaded only when it is used.
  switch (settings.source) {
    case 'file':
      return fileSource(settings.file ?? '', context, {
        toEvents: eventsOf(settings, context),
        start: typeof start === 'object' ? start : undefined,
        follow: settings.follow,
        onlyWholeLines: start !== undefined,
      });
    case 'stdin': {
      const toEvents = eventsOf(settings, context);
      const { signal, note, stdin = () => process.stdin } = context;
      const lines = linesIn(stdin(), signal, { isWrapped: toEvents.isWrapped, note });
      return linesSource(lines, signal, { toEvent: toEvents.ofPipe(undefined), note, name: 'standard input' });
    }
    case 'twitter': {
      const { twitterSource } = await import('./twitter/twitter.ts');
      return twitterSource({ credentials: settings.twitter!, track, ...defined({ sample: settings.sample }) }, context);
    }
    case 'bluesky': {
      const { blueskySource } = await import('./bluesky/bluesky.ts');
      return blueskySource({ track, ...defined({ url, from }) }, context);
    }
    case 'wikimedia': {
      const { wikimediaSource } = await import('./wikimedia/wikimedia.ts');
      return wikimediaSource(defined({ url, from, contact: settings.contact }), context);
    }
    case 'synthetic': {
      const { syntheticSource } = await import('./synthetic/synthetic.ts');
      return syntheticSource(settings.synthetic!, context);
    }
  }
};

/** How the lines of a file or of standard input become events. */
export const eventsOf = (
  {
    wrap: type,
    ordered: isOrdered = false,
    key,
    id,
    time,
    type: typeField,
  }: Pick<SourceSettings, 'wrap' | 'key' | 'id' | 'time' | 'type'> & { ordered?: boolean },
  { calendar, shapes, note }: Pick<SourceContext, 'calendar' | 'note'> & Pick<Keying, 'shapes'>,
): EventMaker => {
  const fields = defined({ key, id, time, type: typeField });
  const wrap =
    type === undefined ? undefined : { type, hostname: hostname(), isOrdered, calendar, runId: randomUUID() };
  return eventMaker(fields, { note, ...defined({ shapes, wrap }) });
};
