import { type AttributeValue, type DynamoDBClient, paginateQuery, paginateScan } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { ExactNumber } from '../../core/exact-number.ts';
import type { AccessPath } from './access-path.ts';

/** A row with every digit of its numbers. */
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
  const command = {
    TableName: table,
    ReturnConsumedCapacity: 'TOTAL' as const,
    ...input,
  };
  // Where some rows are filtered out, nobody knows how many must be read.
  const paging = { client, ...(isExact && Number.isFinite(limit) && { pageSize: limit }) };
  const pages = kind === 'query' ? paginateQuery(paging, command) : paginateScan(paging, command);
  for await (const { Items = [], ScannedCount = 0, ConsumedCapacity } of pages) {
    spent.scanned += ScannedCount;
    spent.units += ConsumedCapacity?.CapacityUnits ?? 0;
    onPage?.();
    for (const item of Items) {
      if (spent.rows === limit) return;
      spent.rows += 1;
      yield rowOf(item);
    }
    // The next page would be read only to be thrown away.
    if (spent.rows === limit) return;
  }
}

const rowOf = (item: Record<string, AttributeValue>): Row =>
  unmarshall(item, { wrapNumbers: (digits) => new ExactNumber(digits) });
