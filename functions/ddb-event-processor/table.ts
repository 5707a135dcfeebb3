import { BatchWriteItemCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { preparedCalls } from '../../aws/prepared-calls.ts';
import { isFaultOfTheKey, isRetryable } from '../../aws/service-error.ts';
import type { Item } from '../../aws/wire-value.ts';
import { inBatches } from '../../core/batch.ts';
import { describeError } from '../../core/describe-error.ts';
import { inParallel } from '../../core/in-parallel.ts';
import { BATCH_WRITE_ITEM } from '../../core/limits.ts';
import { fullJitter, retry } from '../../core/retry.ts';
import type { Deadline } from '../deadline.ts';
import type { RetryPolicy } from '../retry-policy.ts';

/** What became of the rows that were not stored. */
export interface PutResult<Row> {
  /** Not yet: the table did not take them in time, or at all. */
  unwritten: Row[];
  /** No more: the table holds a newer row of the same key. Only where the newest is asked for. */
  stale: Row[];
  /** Never: the table says that these rows cannot be stored. */
  refused: { row: Row; detail: string }[];
  /** Requests made again after throttling, unprocessed items or a failure of the service. */
  retries: number;
  /** Items that a successful reply left unprocessed. An item counts each time that it is left. */
  unprocessed: number;
  /** The last failure of a request, which may have succeeded when it was made again. Present where rows are unwritten. */
  error?: string;
}

/** All that the function needs of a table: store what you can, return what you could not. It throws nothing. */
export type PutRows<Row> = (rows: readonly Row[], deadline: Deadline) => Promise<PutResult<Row>>;

export interface Table<Row> {
  name: string;
  /** The attributes of the key, all of them strings. */
  key: readonly string[];
  /** Throws where the row cannot be written as attribute values: the row is refused then. */
  toItem: (row: Row) => Item;
}

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
        if (left.length > 0) throw new UnprocessedItemsError(`${left.length} items left unprocessed`);
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

/** Before anything is written. */
export const emptyResult = <Row>(): PutResult<Row> => ({
  unwritten: [],
  stale: [],
  refused: [],
  retries: 0,
  unprocessed: 0,
});

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

/**
 * What DynamoDB answers to a request that it understood, but whose content it can never store. By the same name it says that the key of
 * the table is disabled, or is going to be deleted, which holds for every item until somebody enables the key.
 */
export const isFaultOfAnItem = (error: unknown): boolean =>
  error instanceof Error &&
  ((error.name === 'ValidationException' && !isFaultOfTheKey(error)) ||
    error.name === 'SerializationException' ||
    ('$metadata' in error && (error.$metadata as { httpStatusCode?: number }).httpStatusCode === 413));
