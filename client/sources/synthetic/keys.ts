import type { Random } from '../../../core/random.ts';

/** With skew each key has a weight in memory, 8 bytes; without it the numbers of the generator are the limit. */
export const MAX_KEYS = { even: 2 ** 32, skewed: 1_000_000 } as const;

/**
 * Draws keys: whole numbers from 0 up to and without `keys`, the nth of them as often as 1/n to the power of `skew`.
 *
 * @param skew 0 for all alike, 1 for Zipf's law
 */
export const keySampler = (keys: number, skew: number, random: Random): (() => number) => {
  if (skew === 0) return () => Math.floor(random() * keys);
  const cumulative = new Float64Array(keys);
  let total = 0;
  for (let key = 0; key < keys; key += 1) {
    total += (key + 1) ** -skew;
    cumulative[key] = total;
  }
  return () => firstAbove(cumulative, random() * total);
};

/** The first place of a rising sequence whose value is above `limit`; the last one where none is. */
const firstAbove = (rising: Float64Array, limit: number): number => {
  let from = 0;
  let to = rising.length - 1;
  while (from < to) {
    const middle = (from + to) >>> 1;
    if (rising[middle]! > limit) to = middle;
    else from = middle + 1;
  }
  return from;
};
