import type { Settings } from './settings.ts';
import { isLive } from './sources/source-name.ts';

/** What a person should know before the first event is read, a line each: what it costs, and how it ends. */
export const warningsFor = ({ source, max, sample }: Pick<Settings, 'source' | 'max' | 'sample'>): string[] => {
  if (max !== undefined || !isLive({ source })) return [];
  if (source !== 'twitter') return ['No end is set: Ctrl-C stops, and so does --max N after N events.'];
  // https://docs.x.com/x-api/getting-started/pricing
  const how = sample === undefined ? ', --sample P takes about P percent of what matches' : '';
  return [
    `X charges for every post that is read, about $0.005 each in 2026. --max N stops after N posts${how}; Ctrl-C stops at once.`,
  ];
};
