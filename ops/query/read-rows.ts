import { type AttributeValue, type DynamoDBClient, QueryCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { preparedCalls } from '../../aws/prepared-calls.ts';
import type { Clock } from '../../core/clock.ts';
import { ExactNumber } from '../../core/exact-number.ts';
import { MB } from '../../core/limits.ts';
import { retryFor } from '../service-retry.ts';
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
  /** Durations: only differences matter. */
  clock: Clock;
  /** Called after each page that was read. */
  onPage?: () => void;
}

/** How long a table may refuse the next page of one that is half printed, as where it is throttled. The SDK's own tries end within a second. */
const RETRIES = { backoff: { baseMs: 100, capMs: 5_000 }, patience: { firstMs: 60_000, ms: 60_000 } };

/** The rows that an access path leads to, in its order, as they are asked for. */
export async function* readRows(
  client: DynamoDBClient,
  table: string,
  { path, limit, spent, clock, onPage }: Reading,
): AsyncGenerator<Row> {
  // With a limit the next page might be read only to be thrown away.
  const isAhead = limit === Number.POSITIVE_INFINITY;
  for await (const page of pagesOf(pageReader(client, table, path, limit), clock, isAhead)) {
    spent.scanned += page.ScannedCount ?? 0;
    spent.units += page.ConsumedCapacity?.CapacityUnits ?? 0;
    onPage?.();
    for (const item of page.Items ?? []) {
      spent.rows += 1;
      yield rowOf(item);
      if (spent.rows === limit) return;
    }
  }
}

/** Reads the page that begins behind a key, or the first. */
type ReadPage = (signal: AbortSignal, ExclusiveStartKey?: WireItem) => Promise<Page>;

const pageReader = (client: DynamoDBClient, table: string, path: AccessPath, limit: number): ReadPage => {
  const { kind, input, isExact } = path;
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
  return (signal, ExclusiveStartKey) =>
    call(JSON.stringify({ ...request, ExclusiveStartKey }), signal) as Promise<Page>;
};

/** All pages. @param isAhead whether the next one is under way while one is used */
async function* pagesOf(readPage: ReadPage, clock: Clock, isAhead: boolean): AsyncGenerator<Page> {
  const again = retryFor({ ...RETRIES, clock });
  const ended = new AbortController();
  const read = (key?: WireItem): Promise<Page> => {
    // Why nothing can be read is told at once.
    const page = key ? again((signal) => readPage(signal, key), ended.signal) : readPage(ended.signal);
    // Its failure is seen when it is waited for.
    page.catch(() => {});
    return page;
  };
  try {
    let page = read();
    for (;;) {
      const current = await page;
      const { LastEvaluatedKey: next } = current;
      const ahead = next && isAhead ? read(next) : undefined;
      yield current;
      if (!next) return;
      page = ahead ?? read(next);
    }
  } finally {
    // Nobody waits for a page that is under way.
    ended.abort();
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
