import { statsIfAny } from './file/identity.ts';
import type { SourceSettings } from './source-settings.ts';

/** Sources without an end of their own. */
const LIVE = new Set<SourceSettings['source']>(['twitter', 'bluesky', 'wikimedia', 'synthetic']);

/** Whether the source goes on until somebody stops it. */
export const isLive = ({ source, follow = false }: Pick<SourceSettings, 'source' | 'follow'>): boolean =>
  follow || LIVE.has(source);

/** Whether the source is a stream of bytes that can be read only once. */
export const isReadOnce = ({ source, file = '' }: Pick<SourceSettings, 'source' | 'file'>): boolean =>
  source === 'stdin' || (source === 'file' && statsIfAny(file)?.isFile() === false);

/** What the events come from, for the middle of a sentence. */
export const nameOfSource = ({
  source,
  file = '',
  track,
}: Pick<SourceSettings, 'source' | 'file' | 'track'>): string => {
  const words = track.length > 0 ? `, tracking ${track.join(', ')}` : '';
  const names = {
    twitter: `X${words}`,
    bluesky: `Bluesky${words}`,
    wikimedia: 'Wikimedia',
    file,
    stdin: 'standard input',
    synthetic: 'the generator',
  };
  return names[source];
};
