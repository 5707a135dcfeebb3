import { PutItemCommand, paginateScan } from '@aws-sdk/client-dynamodb';
import { isItemTooLarge } from '../../aws/service-error.ts';
import type { Item } from '../../aws/wire-value.ts';
import { CORRECTION, correctionOf } from '../../core/rollups/correction.ts';
import { type GroupKey, versioned } from '../../core/rollups/keys.ts';
import type { Part } from '../../core/rollups/part.ts';
import { expiredOf } from '../../core/rollups/verify.ts';
import { severalAtOnce } from '../../core/several-at-once.ts';
import { isPart, partItem, partOf } from '../../functions/event-rollups/part-item.ts';
import type { RebuildPlace } from './rebuild-tables.ts';

export interface CorrectOptions {
  /**
   * Whether a count of a rollup may fall. Otherwise such a group stays as it is: nobody can tell a row that was counted twice from one
   * that has expired, perhaps under an earlier retention.
   */
  mayLower: (rollup: string) => boolean;
  /** Throws where the rebuild is over. From then on the function leaves out of a part what the rebuild made of it. */
  refuseEnded: () => Promise<void>;
}

/** What a rebuild has put right. */
export interface Corrected {
  /** Groups that were not right. */
  corrected: number;
  /** Those that count more than EventData has, and stay so. */
  higher: GroupKey[];
  /** Those that may be wrong, and stay so: their values have no room next to what a rebuild makes of them. */
  tooLarge: GroupKey[];
}

/** Groups that are put right at once. Those of a window share a partition, which takes 1,000 writes a second. */
const AT_ONCE = 8;

/**
 * Puts each group right, with one write. Windows of which something can have expired stay as they are.
 *
 * @param id of the rebuild
 * @throws what `refuseEnded` throws
 */
export const correct = async (
  place: RebuildPlace,
  id: string,
  { mayLower, refuseEnded }: CorrectOptions,
): Promise<Corrected> => {
  const { client, table, rollups, retention, now } = place;
  const known = new Set(rollups.map(versioned));
  const all: Corrected = { corrected: 0, higher: [], tooLarge: [] };
  const putRight = async ({ key, parts, expiresAt }: Group): Promise<void> => {
    if (!known.has(key.rollup) || expiredOf(key.window, retention, now())) return;
    const correction = correctionOf(parts, id, mayLower(key.rollup));
    if (correction === 'right') return;
    if (typeof correction === 'string') {
      all[correction].push(key);
      return;
    }
    const Item = partItem({ ...key, shard: CORRECTION }, correction, expiresAt);
    try {
      await client.send(new PutItemCommand({ TableName: table, Item: Item as never }));
      all.corrected += 1;
    } catch (error) {
      if (!isItemTooLarge(error)) throw error;
      // It has the values of all parts of the group together.
      all.tooLarge.push(key);
    }
  };
  for await (const _ of severalAtOnce(groupsOf(place, refuseEnded), putRight, ({ length }) => length >= AT_ONCE));
  return all;
};

interface Group {
  key: GroupKey;
  /** By their shards. */
  parts: Map<string, Part>;
  /** Of all parts of its window. Seconds since 1970. */
  expiresAt?: number;
}

/** All groups. A Scan gives the rows of a partition key, which are those of a window, one after another: so one window is in memory. */
async function* groupsOf(
  { client, table }: RebuildPlace,
  refuseEnded: CorrectOptions['refuseEnded'],
): AsyncGenerator<Group> {
  let groups = new Map<string, Group>();
  let window: string | undefined;
  for await (const { Items = [] } of paginateScan({ client }, { TableName: table, ConsistentRead: true })) {
    // Asked after the page was read: only then are these figures of a time at which the rebuild was on.
    await refuseEnded();
    for (const item of Items as Item[]) {
      if (!isPart(item)) continue;
      if (item.Rollup!.S !== window) {
        yield* groups.values();
        [groups, window] = [new Map(), item.Rollup!.S];
      }
      const {
        key: { shard, ...key },
        part,
      } = partOf(item);
      const group = groups.get(key.group) ?? { key, parts: new Map<string, Part>() };
      if (item.ExpiresAt?.N !== undefined) group.expiresAt = Number(item.ExpiresAt.N);
      group.parts.set(shard, part);
      groups.set(key.group, group);
    }
  }
  yield* groups.values();
}
