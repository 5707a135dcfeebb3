import { negated } from './decimal.ts';
import { combined, isWhole, NOTHING, type Part, padded, type Totals } from './part.ts';
import { differencesOf } from './verify.ts';

/** Stands for the shard in the key of the part by which a rebuild puts a group right. No shard of a change stream has this name. */
export const CORRECTION = 'rebuild';

/**
 * Why a group stays as it is: it is right, as a verification compares the two; a count would fall, and may not; or a part had no room for
 * what the rebuild makes of it, so that nobody knows that.
 */
export type Left = 'right' | 'higher' | 'tooLarge';

/**
 * The part that makes the others of a group equal to what a rebuild made of them. Since both grow by the same changes, it is right
 * whenever it is computed, once the rebuild has every row. It takes the place of the correction by an earlier rebuild.
 *
 * @param parts of the group, by their shards
 * @param id of the rebuild
 * @param mayLower whether a count of what a reader sees may fall, of rows or of rows that have a number
 */
export const correctionOf = (
  parts: Iterable<readonly [shard: string, part: Part]>,
  id: string,
  mayLower: boolean,
): Part | Left => {
  let [earlier, others, anew]: [Totals, Totals, Totals] = [NOTHING, NOTHING, NOTHING];
  for (const [shard, part] of parts) {
    if (shard === CORRECTION) earlier = part;
    else others = combined(others, part);
    if (part.rebuilt?.id !== id) continue;
    if (!isWhole(part.rebuilt)) return 'tooLarge';
    anew = combined(anew, part.rebuilt);
  }
  const seen = combined(earlier, others);
  if (differencesOf(anew, seen).length === 0) return 'right';
  if (!mayLower && isLower(anew, seen)) return 'higher';
  return { ...combined(anew, takenOut(others)), through: padded('') };
};

const isLower = (anew: Totals, seen: Totals): boolean =>
  anew.count < seen.count || [...seen.values].some(([name, { count }]) => (anew.values.get(name)?.count ?? 0) < count);

/** What takes these rows out again. A least, greatest or last value stays. */
const takenOut = ({ count, values }: Totals): Totals => ({
  count: -count,
  values: new Map([...values].map(([name, figures]) => [name, { count: -figures.count, sum: negated(figures.sum) }])),
});
