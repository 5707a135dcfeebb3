import { type AttributeValue, type DynamoDBClient, QueryCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { preparedCalls } from '../../aws/prepared-calls.ts';
import { ExactNumber } from '../../core/exact-number.ts';
import { MB } from '../../core/limits.ts';
import type { AccessPath } from './access-path.ts';

/** A row with every digit of its numbers, and its bytes in base64. */
export type Row = Record<string, unknown>;

/** What a query has cost so far. */
export interface Spent {
  rows: number;
  /** Rows that were read, whether or not they are wanted. */
  scanned: number;
  /** Read units, as DynamoDB bills them. */
  units: number;
}

export interface Reading {
  path: AccessPath;
  /** Rows. */
  limit: number;
  /** Is counted up. */
  spent: Spent;
  /** Called after each page that was read. */
  onPage?: () => void;
}

/** The rows that an access path leads to, in its order, as they are asked for. */
export async function* readRows(
  client: DynamoDBClient,
  table: string,
  { path: { kind, input, isExact }, limit, spent, onPage }: Reading,
): AsyncGenerator<Row> {
  const request = {
    TableName: table,
    ReturnConsumedCapacity: 'TOTAL',
    ...input,
    // Where some rows are filtered out, nobody knows how many must be read. DynamoDB takes 32 bits, and no page of 1 MB has more rows.
    ...(isExact && Number.isFinite(limit) && { Limit: Math.min(limit, MB) }),
  };
  const call =
    kind === 'query'
      ? preparedCalls(client, new QueryCommand({ TableName: table }))
      : preparedCalls(client, new ScanCommand({ TableName: table }));
  const { signal } = new AbortController();
  const read = (ExclusiveStartKey?: WireItem): Promise<Page> => {
    const page = call(JSON.stringify({ ...request, ExclusiveStartKey }), signal) as Promise<Page>;
    // Its failure is seen when it is waited for.
    page.catch(() => {});
    return page;
  };
  for (let page: Promise<Page> | undefined = read(); page; ) {
    const { Items = [], ScannedCount = 0, ConsumedCapacity, LastEvaluatedKey: next }: Page = await page;
    spent.scanned += ScannedCount;
    spent.units += ConsumedCapacity?.CapacityUnits ?? 0;
    onPage?.();
    // The next page is under way while these rows are printed. With a limit it might be read only to be thrown away.
    page = next && limit === Number.POSITIVE_INFINITY ? read(next) : undefined;
    for (const item of Items) {
      if (spent.rows === limit) return;
      spent.rows += 1;
      yield rowOf(item);
    }
    if (next && spent.rows < limit) page ??= read(next);
  }
}

/** As it travels: numbers are text, bytes are base64. */
type WireItem = Record<string, unknown>;

interface Page {
  Items?: WireItem[];
  ScannedCount?: number;
  ConsumedCapacity?: { CapacityUnits?: number };
  LastEvaluatedKey?: WireItem;
}

const rowOf = (item: WireItem): Row =>
  unmarshall(item as Record<string, AttributeValue>, { wrapNumbers: (digits) => new ExactNumber(digits) });
