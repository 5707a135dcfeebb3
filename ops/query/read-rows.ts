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
  { path: { kind, input, isExact }, limit, spent, clock, onPage }: Reading,
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
  const again = retryFor({ ...RETRIES, clock });
  const ended = new AbortController();
  const read = (ExclusiveStartKey?: WireItem): Promise<Page> => {
    const ask = (signal: AbortSignal) =>
      call(JSON.stringify({ ...request, ExclusiveStartKey }), signal) as Promise<Page>;
    // Why nothing can be read is told at once.
    const page = ExclusiveStartKey ? again(ask, ended.signal) : ask(ended.signal);
    // Its failure is seen when it is waited for.
    page.catch(() => {});
    return page;
  };
  try {
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
