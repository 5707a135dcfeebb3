import { duration, number } from '../../cli/numbers.ts';
import { percentAndTimeLeft } from '../../cli/progress.ts';

/** The section that is measured now. */
export interface SectionRun {
  section: string;
  /** Its place among those of this run, from 1, and how many those are. */
  place: number;
  sections: number;
  elapsedMs: number;
  /** How long it took the last time, where that is known. Milliseconds. */
  expectedMs?: number;
}

/** How far a section is, on one line: as a part of the time that it took the last time, or how long it has taken. */
export const progressLine = ({ section, place, sections, elapsedMs, expectedMs }: SectionRun): string => {
  const isWithin = expectedMs !== undefined && elapsedMs < expectedMs;
  const far = isWithin ? percentAndTimeLeft({ done: elapsedMs, total: expectedMs }, elapsedMs) : duration(elapsedMs);
  return `section ${number(place)} of ${number(sections)}, ${section}, ${far}`;
};
