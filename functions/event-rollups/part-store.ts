import type { Clock } from '../../core/clock.ts';
import type { PartKey } from '../../core/rollups/keys.ts';
import type { Part } from '../../core/rollups/part.ts';
import { windowTimes } from '../../core/rollups/window.ts';
import { keyItem, partItem, partOf } from './part-item.ts';
import { type Condition, type RollupsTable, UNLESS_THERE } from './rollups-table.ts';

/** The parts in the table of rollups. */
export interface PartStore {
  /**
   * Reads parts as the last write left them.
   *
   * @param keys 1 to {@link BATCH_GET_ITEM_KEYS}, each of them once
   * @returns a part for each key, or nothing where there is none
   */
  read: (keys: readonly PartKey[]) => Promise<(Part | undefined)[]>;
  /**
   * Writes a part in place of the one that was read.
   *
   * @param seen the part that was read. Absent where there was none
   * @param expiresAt when DynamoDB deletes it, seconds since 1970. @default so many days after the end of its window
   * @returns false where the part is another by now: nothing was written
   */
  write: (key: PartKey, part: Part, seen: Part | undefined, expiresAt?: number) => Promise<boolean>;
}

/** When parts are deleted. */
export interface Expiry {
  /** Counted from the end of a part's window. */
  days: number;
  calendar: Pick<Clock, 'now'>;
}

/** @param expiry without it parts are kept */
export const partStore = (table: RollupsTable, expiry?: Expiry): PartStore => ({
  read: async (keys) => {
    const items = await table.read(keys.map(keyItem));
    return items.map((item) => item && partOf(item).part);
  },
  write: (key, part, seen, expiresAt = expiry && expiryOf(key, expiry)) =>
    table.write(partItem(key, part, expiresAt), conditionOf(seen)),
});

/** A write that comes late, or twice, finds another `Through` and changes nothing. */
const conditionOf = (seen: Part | undefined): Condition => {
  if (!seen) return UNLESS_THERE;
  const { through, rebuilt } = seen;
  const names = { '#through': 'Through', '#rebuilt': 'Rebuilt' };
  if (!rebuilt)
    return {
      ConditionExpression: '#through = :seen AND attribute_not_exists(#rebuilt)',
      ExpressionAttributeNames: names,
      ExpressionAttributeValues: { ':seen': { S: through } },
    };
  return {
    ConditionExpression: '#through = :seen AND #rebuilt.#id = :id AND #rebuilt.#through = :rebuilt',
    ExpressionAttributeNames: { ...names, '#id': 'Id' },
    ExpressionAttributeValues: {
      ':seen': { S: through },
      ':id': { S: rebuilt.id },
      ':rebuilt': { S: rebuilt.through },
    },
  };
};

/**
 * Seconds since 1970, the same for all parts of a window: a reader passes over parts whose time is over, so that it sees the whole of a
 * window or nothing. Where it was over before the part is written, a day ago will do: DynamoDB takes a time of more than five years ago
 * for a mistake, and keeps the part.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/time-to-live-ttl-before-you-start.html
 */
const expiryOf = ({ window }: PartKey, { days, calendar }: Expiry): number | undefined => {
  const { end } = windowTimes(window);
  return Number.isFinite(end) ? Math.floor(Math.max(end + days * DAY_MS, calendar.now() - DAY_MS) / 1_000) : undefined;
};

const DAY_MS = 86_400_000;
