import { systemClock } from '../../aws/system-clock.ts';
import type { SourceNote } from '../sources/source.ts';
import { nameOfSource } from '../sources/source-name.ts';
import type { SourceSettings } from '../sources/source-settings.ts';
import { type Finding, failed, ok, type Tools } from './check.ts';

/**
 * Whether a live source that costs nothing can be reached: opens it as the client does, and leaves at the first sign of life.
 *
 * @throws what the source throws: {SourceError} where no other try would help, {UsageError} for settings it cannot work with
 */
export const checkLive = async (
  source: SourceSettings,
  { openSource }: Pick<Tools, 'openSource'>,
  signal: AbortSignal,
): Promise<Finding> => {
  const left = new AbortController();
  let last: SourceNote | undefined;
  const note = (now: SourceNote): void => {
    if (now.kind !== 'connected' && now.kind !== 'retry') return;
    last ??= now;
    left.abort();
  };
  const events = await openSource(source, { signal: AbortSignal.any([signal, left.signal]), clock: systemClock, note });
  for await (const _ of events) {
    left.abort();
    return ok(`${nameOfSource(source)} sends events`);
  }
  if (last?.kind === 'connected') return ok(`${nameOfSource(source)} can be reached`);
  const found = last?.message.replace(/; trying again.*/, '') ?? `${nameOfSource(source)} ended by itself`;
  return failed(`${found}; check the network${source.url === undefined ? '' : ' and --url'}, then try again`);
};
