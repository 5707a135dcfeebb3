import { statsIfAny } from './file/identity.ts';
import type { SourceName, SourceSettings } from './source-settings.ts';

/** Whether a source has no end of its own. */
const IS_LIVE: { readonly [name in SourceName]: boolean } = {
  twitter: true,
  bluesky: true,
  wikimedia: true,
  file: false,
  stdin: false,
  synthetic: true,
};

/** Whether the source goes on until somebody stops it. */
export const isLive = ({ source, follow = false }: Pick<SourceSettings, 'source' | 'follow'>): boolean =>
  follow || IS_LIVE[source];

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
  const names: { readonly [name in SourceName]: string } = {
    twitter: `X${words}`,
    bluesky: `Bluesky${words}`,
    wikimedia: 'Wikimedia',
    file,
    stdin: 'standard input',
    synthetic: 'the generator',
  };
  return names[source];
};
