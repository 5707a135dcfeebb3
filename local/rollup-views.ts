import { type DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { preparedCalls } from '../aws/prepared-calls.ts';
import type { Item } from '../aws/wire-value.ts';
import { InvalidEventError } from '../core/invalid-event.ts';
import type { Rollup } from '../core/processor.ts';
import { RollupView } from '../core/rollups/view.ts';
import { partOf } from '../functions/event-rollups/part-item.ts';
import { storedRow } from '../functions/stored-row.ts';

/** A table, and the rollups that are of interest in it. */
export interface ViewedTable {
  client: DynamoDBClient;
  table: string;
  rollups: readonly Rollup[];
  /** Ends reading. @default never */
  signal?: AbortSignal;
}

/**
 * What rollups say: all parts of their table, added up.
 *
 * @param table that of the rollups
 * @throws {TypeError} where the table holds a row that is not a part; or what DynamoDB throws
 */
export const viewOfParts = async ({ rollups, ...table }: ViewedTable): Promise<RollupView> => {
  const view = new RollupView(rollups);
  for await (const item of itemsOf(table)) {
    const { key, part } = partOf(item);
    view.addPart(key, part);
  }
  return view;
};

/**
 * What rollups have to say: computed from all rows of EventData. A row that cannot be counted contributes nothing, as in the function.
 *
 * @param table EventData
 */
export const viewOfRows = async ({ rollups, ...table }: ViewedTable): Promise<RollupView> => {
  const view = new RollupView(rollups);
  for await (const item of itemsOf(table))
    try {
      view.addRow(storedRow(item));
    } catch (error) {
      if (!(error instanceof InvalidEventError)) throw error;
    }
  return view;
};

/** All items of a table, as the last write before left them. */
async function* itemsOf({
  client,
  table,
  signal = new AbortController().signal,
}: Omit<ViewedTable, 'rollups'>): AsyncGenerator<Item> {
  const scan = preparedCalls(client, new ScanCommand({ TableName: table }), signal);
  let next: Item | undefined;
  do {
    const request = { TableName: table, ConsistentRead: true, ExclusiveStartKey: next };
    const { Items, LastEvaluatedKey } = (await scan(JSON.stringify(request))) as Page;
    yield* Items;
    next = LastEvaluatedKey;
  } while (next);
}

interface Page {
  Items: Item[];
  LastEvaluatedKey?: Item;
}
