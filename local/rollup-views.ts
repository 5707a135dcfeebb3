import { type DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { preparedCalls } from '../aws/prepared-calls.ts';
import type { Item } from '../aws/wire-value.ts';
import { unlessInvalid } from '../core/invalid-event.ts';
import type { Rollup } from '../core/processor.ts';
import type { GroupKey } from '../core/rollups/keys.ts';
import { RollupView } from '../core/rollups/view.ts';
import { isPart, partOf } from '../functions/event-rollups/part-item.ts';
import { storedRow } from '../functions/stored-row.ts';

/** A table, and the rollups that are of interest in it. */
export interface ViewedTable {
  client: DynamoDBClient;
  table: string;
  rollups: readonly Rollup[];
  /** Whether a group is of interest. @default every one */
  isWanted?: (key: GroupKey) => boolean;
  /** How many parts of the table are read at once. @default 1 */
  segments?: number;
  /** Called after each page, with how many items it held. */
  onItems?: (items: number) => void;
  /** Ends reading. @default never */
  signal?: AbortSignal;
}

/**
 * What rollups say: all parts of their table, added up.
 *
 * @param table that of the rollups
 * @throws {TypeError} where the table holds a row that is not a part; or what DynamoDB throws
 */
export const viewOfParts = async ({ rollups, isWanted, ...table }: ViewedTable): Promise<RollupView> => {
  const view = new RollupView(rollups, isWanted);
  await forEachItem(table, (item) => {
    if (!isPart(item)) return;
    const { key, part } = partOf(item);
    view.addPart(key, part);
  });
  return view;
};

/**
 * What rollups have to say: computed from all rows of EventData. A row that cannot be counted contributes nothing, as in the function.
 *
 * @param table EventData
 */
export const viewOfRows = async ({ rollups, isWanted, ...table }: ViewedTable): Promise<RollupView> => {
  const view = new RollupView(rollups, isWanted);
  await forEachItem(table, (item) => {
    const row = unlessInvalid(() => storedRow(item));
    if (row) view.addRow(row);
  });
  return view;
};

/** All items of a table, as the last write before left them. */
export const forEachItem = async (
  {
    client,
    table,
    segments = 1,
    onItems,
    signal = new AbortController().signal,
  }: Omit<ViewedTable, 'rollups' | 'isWanted'>,
  take: (item: Item) => void,
): Promise<void> => {
  const scan = preparedCalls(client, new ScanCommand({ TableName: table }), signal);
  const readSegment = async (segment: number): Promise<void> => {
    const part = { TableName: table, ConsistentRead: true, Segment: segment, TotalSegments: segments };
    const read = (ExclusiveStartKey?: Item): Promise<Page> => {
      const page = scan(JSON.stringify({ ...part, ExclusiveStartKey })) as Promise<Page>;
      // Its failure is seen when it is waited for.
      page.catch(() => {});
      return page;
    };
    for (let page: Promise<Page> | undefined = read(); page; ) {
      const { Items, LastEvaluatedKey }: Page = await page;
      // The next page is under way while the items of this one are taken.
      page = LastEvaluatedKey && read(LastEvaluatedKey);
      for (const item of Items) take(item);
      onItems?.(Items.length);
    }
  };
  await Promise.all(Array.from({ length: segments }, (_, segment) => readSegment(segment)));
};

interface Page {
  Items: Item[];
  LastEvaluatedKey?: Item;
}
