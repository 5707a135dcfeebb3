import { BatchWriteItemCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { preparedCalls } from '../../aws/prepared-calls.ts';
import { isRetryable } from '../../aws/service-error.ts';
import type { Item } from '../../aws/wire-value.ts';
import { inBatches } from '../../core/batch.ts';
import { describeError } from '../../core/describe-error.ts';
import { inParallel } from '../../core/in-parallel.ts';
import { BATCH_WRITE_ITEM } from '../../core/limits.ts';
import { fullJitter, retry } from '../../core/retry.ts';
import type { RetryPolicy } from '../retry-policy.ts';
import { emptyResult, isFaultOfAnItem, type PutRows, type Table } from './table.ts';

/**
 * Writes rows with BatchWriteItem until all are stored or the time is over. No key may be named twice: BatchWriteItem refuses such
 * a request whole.
 */
export const putRows = <Row>(
  client: Pick<DynamoDBClient, 'send'>,
  table: Table<Row>,
  { backoff, concurrency, clock }: RetryPolicy,
): PutRows<Row> => {
  const batchWriteItem = preparedCalls(client, new BatchWriteItemCommand({ RequestItems: {} }));
  return async (rows, deadline) => {
    const result = emptyResult<Row>();
    const { signal } = deadline;
    const entries = function* (): Generator<Entry<Row>> {
      for (const row of rows) {
        if (deadline.isOver()) result.unwritten.push(row);
        else
          try {
            yield { row, json: Buffer.from(JSON.stringify({ PutRequest: { Item: table.toItem(row) } })) };
          } catch (error) {
            result.refused.push({ row, detail: describeError(error) });
          }
      }
    };

    const putBatch = async (batch: Entry<Row>[]): Promise<void> => {
      let left = batch;
      const send = async (): Promise<void> => {
        left = unprocessed(table, left, (await batchWriteItem(bodyOf(table.name, left), signal)) as Reply);
        result.unprocessed += left.length;
        if (left.length > 0) throw new UnprocessedItemsError(`unprocessed items: ${left.length}`);
      };
      const waitAfter = (error: unknown, failures: number): number => {
        if (isFaultOfAnItem(error)) throw error;
        result.error = describeError(error);
        if (!isRetryable(error)) throw error;
        result.retries += 1;
        return fullJitter(backoff, failures, clock.random());
      };
      try {
        await retry(send, { clock, signal, waitAfter });
      } catch (error) {
        if (isFaultOfAnItem(error)) await narrow(left, error);
        else result.unwritten.push(...left.map(({ row }) => row));
      }
    };

    /** One bad item fails all in its request: the batch is halved until that item is the only one. */
    const narrow = async (batch: Entry<Row>[], error: unknown): Promise<void> => {
      const [only] = batch;
      if (batch.length === 1 && only) {
        result.refused.push({ row: only.row, detail: describeError(error) });
        return;
      }
      const half = Math.ceil(batch.length / 2);
      await Promise.all([putBatch(batch.slice(0, half)), putBatch(batch.slice(half))]);
    };

    // Each batch is made ready while the ones before it are on their way.
    await inParallel(
      concurrency,
      // Never less than what DynamoDB counts: names and values once, numbers and bytes shorter.
      inBatches(entries(), BATCH_WRITE_ITEM, ({ json }) => json.length),
      putBatch,
    );
    if (result.unwritten.length > 0) result.error ??= 'the time for writing is over';
    return result;
  };
};

/** A successful reply names items that the table did not take yet. */
class UnprocessedItemsError extends Error {
  override readonly name = 'UnprocessedItemsError';
}

interface Entry<Row> {
  row: Row;
  /** Its part of the request, in UTF-8. */
  json: Buffer;
}

const COMMA = Buffer.from(',');
const END = Buffer.from(']}}');

const bodyOf = <Row>(table: string, batch: readonly Entry<Row>[]): Buffer =>
  Buffer.concat([
    Buffer.from(`{"RequestItems":{${JSON.stringify(table)}:[`),
    ...batch.flatMap(({ json }, index) => (index === 0 ? json : [COMMA, json])),
    END,
  ]);

/** The part of the answer that is read here. */
interface Reply {
  UnprocessedItems?: Record<string, { PutRequest?: { Item?: Item } }[]>;
}

/** The entries that the reply names. The SDK does not send them again. */
const unprocessed = <Row>(
  { name, key, toItem }: Table<Row>,
  batch: Entry<Row>[],
  { UnprocessedItems }: Reply,
): Entry<Row>[] => {
  const left = UnprocessedItems?.[name] ?? [];
  if (left.length === 0) return [];
  const keyOf = (item: Item | undefined): string => JSON.stringify(key.map((attribute) => item?.[attribute]?.S));
  const keys = new Set(left.map(({ PutRequest }) => keyOf(PutRequest?.Item)));
  return batch.filter(({ row }) => keys.has(keyOf(toItem(row))));
};
