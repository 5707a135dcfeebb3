import { type DynamoDBClient, paginateQuery } from '@aws-sdk/client-dynamodb';
import type { Item } from '../../aws/wire-value.ts';
import { inParallel } from '../../core/in-parallel.ts';
import type { Rollup } from '../../core/processor.ts';
import { type GroupKey, versioned } from '../../core/rollups/keys.ts';
import { RollupView } from '../../core/rollups/view.ts';
import { isExpired, partOf, ROLLUPS_KEY } from '../../functions/event-rollups/part-item.ts';

/** Windows that are read at once. */
const AT_ONCE = 16;

/** Which parts of the windows count. */
export interface Wanted {
  /** Whether a group is of interest. @default all are */
  isWanted?: (key: GroupKey) => boolean;
  /**
   * Milliseconds since 1970: a window whose time is over then is left out. DynamoDB deletes its parts within days, one after the other,
   * so that its figures would shrink. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ttl-expired-items.html
   * @default all parts that are there count
   */
  now?: number;
  /** Hears of each window that was read. */
  onWindow?: () => void;
}

/**
 * What rollups say of some windows. All parts of a window lie under one key, so this is a Query for each window, whatever else the
 * table holds.
 *
 * @param windows of each rollup
 */
export const viewOfWindows = async (
  client: DynamoDBClient,
  table: string,
  windows: ReadonlyMap<Rollup, readonly string[]>,
  { isWanted, now = Number.NEGATIVE_INFINITY, onWindow }: Wanted = {},
): Promise<RollupView> => {
  const view = new RollupView([...windows.keys()], isWanted);
  const partitions = [...windows].flatMap(([rollup, names]) => names.map((name) => `${versioned(rollup)}#${name}`));
  await inParallel(AT_ONCE, partitions, async (partition) => {
    for await (const item of itemsUnder(client, table, partition)) {
      if (isExpired(item, now)) continue;
      const { key, part } = partOf(item);
      view.addPart(key, part);
    }
    onWindow?.();
  });
  return view;
};

/** All items of a partition of the table of rollups, as the last write left them. */
export async function* itemsUnder(client: DynamoDBClient, table: string, partition: string): AsyncGenerator<Item> {
  const pages = paginateQuery(
    { client },
    {
      TableName: table,
      KeyConditionExpression: '#rollup = :partition',
      ExpressionAttributeNames: { '#rollup': ROLLUPS_KEY[0] },
      ExpressionAttributeValues: { ':partition': { S: partition } },
      ConsistentRead: true,
    },
  );
  for await (const { Items = [] } of pages) yield* Items as Item[];
}
