import { number } from '../../cli/numbers.ts';
import { percentAndTimeLeft } from '../../cli/progress.ts';
import type { MutantRun } from './run-mutants.ts';

/** How much of a run counts as done at the most, before it is. */
const ALMOST = 0.95;

/**
 * How far the runs of one kind are, on one line. One that is under way counts by the time that those before it took.
 *
 * @param beforeMs milliseconds that the runs before this one took
 * @param elapsedMs milliseconds since this one began
 */
export const progressLine = (
  { kind, name, before, total }: MutantRun,
  { beforeMs, elapsedMs }: { beforeMs: number; elapsedMs: number },
): string => {
  const part = before === 0 ? 0 : Math.min(ALMOST, (elapsedMs * before) / beforeMs);
  const far = percentAndTimeLeft({ done: before + part, total }, beforeMs + elapsedMs);
  return `${kind} ${number(before + 1)} of ${number(total)}, ${far}, ${name}`;
};
