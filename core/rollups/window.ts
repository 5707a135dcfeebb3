import { InvalidEventError } from '../invalid-event.ts';
import { WINDOWS, type Window } from '../processor.ts';
import { isIso } from '../timestamp.ts';

/** How many characters of an ISO 8601 time name the window, and what follows them. Each kind has names of a length of its own. */
const KINDS: Readonly<Record<Window, { characters: number; suffix: string; ms: number }>> = {
  minute: { characters: 16, suffix: 'Z', ms: 60_000 },
  hour: { characters: 13, suffix: 'Z', ms: 3_600_000 },
  day: { characters: 10, suffix: '', ms: 86_400_000 },
  ever: { characters: 0, suffix: 'ever', ms: Number.POSITIVE_INFINITY },
};

/**
 * The window of event time, in UTC, that a time lies in: `2026-11-20T12:34Z`, `2026-11-20T12Z`, `2026-11-20`, `ever`. The names of one
 * kind sort by time.
 *
 * @param timestamp ISO 8601 in UTC with milliseconds, as a row has it
 * @throws {InvalidEventError} FieldInvalid
 */
export const windowOf = (every: Window, timestamp: string): string => {
  if (!isIso(timestamp))
    throw new InvalidEventError('FieldInvalid', 'Timestamp is not a time like "2026-11-20T12:00:00.000Z"');
  const { characters, suffix } = KINDS[every];
  return timestamp.slice(0, characters) + suffix;
};

/** When a window begins and ends. Milliseconds since 1970. @param window as {@link windowOf} names it */
export const windowTimes = (window: string): { start: number; end: number } => {
  const every = WINDOWS.find((kind) => window.length === KINDS[kind].characters + KINDS[kind].suffix.length);
  if (every === undefined || every === 'ever')
    return { start: Number.NEGATIVE_INFINITY, end: Number.POSITIVE_INFINITY };
  const start = Date.parse(every === 'hour' ? `${window.slice(0, -1)}:00Z` : window);
  return { start, end: start + KINDS[every].ms };
};
