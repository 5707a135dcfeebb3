import { statSync } from 'node:fs';
import { duration } from '../cli/numbers.ts';

/** Before this share of the file the remaining time would be a guess. */
const LEAST_SHARE = 0.01;

/** Less remaining time than this is not worth showing. */
const LEAST_MS = 1_000;

/**
 * How much of a file is read, for a progress line.
 *
 * @param path of a file; anything else has no size, and so no parts
 * @param now milliseconds, monotonic
 */
export const fileProgress = (
  path: string | undefined,
  now: () => number,
): { read: (bytes: number) => void; parts: () => string[] } => {
  const stats = path === undefined ? undefined : statSync(path, { throwIfNoEntry: false });
  const size = stats?.isFile() ? stats.size : 0;
  let startedAt: number | undefined;
  let read = 0;
  return {
    read: (bytes) => {
      startedAt ??= now();
      // Each event ends with a line break.
      read += bytes + 1;
    },
    parts: () => {
      if (size === 0 || startedAt === undefined) return [];
      const share = Math.min(1, read / size);
      const percent = `${Math.floor(share * 100)} % of the file`;
      const leftMs = ((now() - startedAt) * (1 - share)) / share;
      return share < LEAST_SHARE || leftMs < LEAST_MS ? [percent] : [percent, `${duration(leftMs)} left`];
    },
  };
};
