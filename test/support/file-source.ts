import { systemClock } from '../../aws/system-clock.ts';
import { type FileOptions, fileSource } from '../../client/sources/file/file.ts';
import { identityOf } from '../../client/sources/file/identity.ts';
import type { LineEvent } from '../../client/sources/file/lines.ts';
import type { SourceContext } from '../../client/sources/source.ts';
import { eachOf } from './batches.ts';

/** The events of a file, from one of its bytes on. */
export const eventsOf = async (
  path: string,
  { start = 0, signal = new AbortController().signal, note = () => {}, ...options }: ReadOptions = {},
): Promise<LineEvent[]> => {
  const from = start === 0 ? {} : { start: { place: { file: identityOf(path), offset: start }, earlier: [] } };
  const events: LineEvent[] = [];
  const context = { signal, note, clock: systemClock, calendar: systemClock };
  for await (const event of eachOf(fileSource(path, context, { ...options, ...from }))) events.push(event as LineEvent);
  return events;
};

type ReadOptions = Omit<FileOptions, 'start'> & Partial<Pick<SourceContext, 'signal' | 'note'>> & { start?: number };

/** The texts of events. */
export const textsOf = (events: readonly { data: Uint8Array }[]): string[] =>
  events.map(({ data }) => Buffer.from(data).toString());
