import { type DynamoDBClient, ScanCommand, type ScanCommandInput } from '@aws-sdk/client-dynamodb';
import { preparedCalls } from '../aws/prepared-calls.ts';
import type { Item } from '../aws/wire-value.ts';

/** A table, and how it is read. */
export interface ScannedTable {
  client: DynamoDBClient;
  table: string;
  /** The attributes that are needed. @default all */
  attributes?: readonly string[];
  /** How many parts of the table are read at once. @default 1 */
  segments?: number;
  /** Called after each page, with how many items it held. */
  onItems?: (items: number) => void;
  /** Ends reading. @default never */
  signal?: AbortSignal;
}

/** All items of a table, as the last write before left them. */
export const forEachItem = async (
  { client, table, attributes, segments = 1, onItems, signal = new AbortController().signal }: ScannedTable,
  take: (item: Item) => void,
): Promise<void> => {
  let hasFailed = false;
  const scan = preparedCalls(client, new ScanCommand({ TableName: table }));
  const readSegment = async (segment: number): Promise<void> => {
    const part = {
      TableName: table,
      ConsistentRead: true,
      Segment: segment,
      TotalSegments: segments,
      ...projectionOf(attributes),
    };
    const read = (ExclusiveStartKey?: Item): Promise<Page> => {
      const page = scan(JSON.stringify({ ...part, ExclusiveStartKey }), signal) as Promise<Page>;
      // Its failure is seen when it is waited for.
      page.catch(() => {});
      return page;
    };
    for (let page: Promise<Page> | undefined = read(); page; ) {
      const { Items, LastEvaluatedKey }: Page = await page;
      // Nobody waits for this segment any more, and it may have hours to go.
      if (hasFailed) return;
      // The next page is under way while the items of this one are taken.
      page = LastEvaluatedKey && read(LastEvaluatedKey);
      for (const item of Items) take(item);
      onItems?.(Items.length);
    }
  };
  const reading = Array.from({ length: segments }, (_, segment) => readSegment(segment));
  await Promise.all(reading).catch((error) => {
    hasFailed = true;
    throw error;
  });
};

/** By other names, since some of theirs may be words of DynamoDB's own. */
const projectionOf = (attributes: readonly string[] | undefined): Partial<ScanCommandInput> =>
  attributes
    ? {
        ProjectionExpression: attributes.map((name) => `#${name}`).join(', '),
        ExpressionAttributeNames: Object.fromEntries(attributes.map((name) => [`#${name}`, name])),
      }
    : {};

interface Page {
  Items: Item[];
  LastEvaluatedKey?: Item;
}
