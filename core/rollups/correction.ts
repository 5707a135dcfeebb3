import { defined } from '../defined.ts';
import { add, negated, ZERO } from './decimal.ts';
import { combined, type Figures, isWhole, NOTHING, type Part, padded, type Totals } from './part.ts';
import { differencesOf } from './verify.ts';

/** Stands for the shard in the key of the part by which a rebuild puts a group right. No shard of a change stream has this name. */
export const CORRECTION = 'rebuild';

/**
 * The part that makes the other parts of a group equal to what a rebuild made of them. Since both grow by the same changes, it is right
 * whenever it is computed, once the rebuild has every row.
 *
 * @param parts those of all shards; a correction by an earlier rebuild is passed over
 * @param id of the rebuild
 */
export const correctionOf = (parts: Parts, id: string): Part => {
  const { now, anew } = sumsOf(parts, id);
  const names = new Set([...now.values.keys(), ...anew.values.keys()]);
  const values = [...names].map((name): [string, Figures] => {
    const [wanted, held] = [anew.values.get(name), now.values.get(name)];
    return [
      name,
      {
        count: (wanted?.count ?? 0) - (held?.count ?? 0),
        sum: add(wanted?.sum ?? ZERO, negated(held?.sum ?? ZERO)),
        ...defined({ min: wanted?.min, max: wanted?.max, last: wanted?.last }),
      },
    ];
  });
  return { count: anew.count - now.count, values: new Map(values), through: padded('') };
};

/**
 * Whether a correction makes a group count less than it does now, rows or rows that have a number.
 *
 * @param before the correction by an earlier rebuild, which it replaces
 */
export const lowers = (correction: Totals, before: Totals = NOTHING): boolean => {
  const countOf = ({ values }: Totals, name: string): number => values.get(name)?.count ?? 0;
  const names = [...before.values.keys(), ...correction.values.keys()];
  return correction.count < before.count || names.some((name) => countOf(correction, name) < countOf(before, name));
};

/**
 * Whether a group is what a rebuild made of it, as a verification compares the two: a least, greatest or last value of a row that is gone
 * may stay. A correction by an earlier rebuild counts, since a reader sees that too.
 */
export const isRight = (parts: Parts, id: string): boolean => {
  const { before, now, anew } = sumsOf(parts, id);
  return differencesOf(anew, combined(before, now)).length === 0;
};

/** Whether a rebuild has all of a group. Where a part had no room for that, nobody knows how to put the group right. */
export const isComplete = (parts: Parts, id: string): boolean =>
  [...parts].every(([, { rebuilt }]) => rebuilt?.id !== id || isWhole(rebuilt));

/** The parts of a group, by their shards. */
type Parts = Iterable<readonly [shard: string, part: Part]>;

/** The correction by an earlier rebuild, what the other parts say now, and what the rebuild made of them. */
const sumsOf = (parts: Parts, id: string): { before: Totals; now: Totals; anew: Totals } => {
  let [before, now, anew]: [Totals, Totals, Totals] = [NOTHING, NOTHING, NOTHING];
  for (const [shard, part] of parts) {
    if (shard === CORRECTION) before = part;
    else now = combined(now, part);
    if (part.rebuilt?.id === id) anew = combined(anew, part.rebuilt);
  }
  return { before, now, anew };
};
