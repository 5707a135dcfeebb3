import { type DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { preparedCalls } from '../../aws/prepared-calls.ts';
import { isRetryable } from '../../aws/service-error.ts';
import { describeError } from '../../core/describe-error.ts';
import type { EventData } from '../../core/event-data.ts';
import { inParallel } from '../../core/in-parallel.ts';
import { fullJitter, retry } from '../../core/retry.ts';
import type { RetryPolicy } from '../retry-policy.ts';
import { emptyResult, isFaultOfAnItem, type PutRows, type Table } from './table.ts';

/**
 * Writes each row with PutItem, on the condition that the table holds no newer row of its key. BatchWriteItem takes no conditions, so
 * a row costs a request. A row of the same time takes the place of the one before: an event that is delivered again must be written.
 */
export const putNewestRows = (
  client: Pick<DynamoDBClient, 'send'>,
  table: Table<EventData>,
  { backoff, concurrency, clock }: RetryPolicy,
): PutRows<EventData> => {
  const putItem = preparedCalls(client, new PutItemCommand({ TableName: table.name, Item: {} }));
  return async (rows, deadline) => {
    const result = emptyResult<EventData>();
    const { signal } = deadline;
    const waitAfter = (error: unknown, failures: number): number => {
      if (isNewerThere(error) || isFaultOfAnItem(error)) throw error;
      result.error = describeError(error);
      if (!isRetryable(error)) throw error;
      result.retries += 1;
      return fullJitter(backoff, failures, clock.random());
    };

    const put = async (row: EventData): Promise<void> => {
      let body: string;
      try {
        body = bodyOf(table, row);
      } catch (error) {
        result.refused.push({ row, detail: describeError(error) });
        return;
      }
      try {
        await retry(() => putItem(body, signal), { clock, signal, waitAfter });
      } catch (error) {
        if (isNewerThere(error)) result.stale.push(row);
        else if (isFaultOfAnItem(error)) result.refused.push({ row, detail: describeError(error) });
        else result.unwritten.push(row);
      }
    };

    await inParallel(concurrency, rows, async (row) => {
      if (deadline.isOver()) result.unwritten.push(row);
      else await put(row);
    });
    if (result.unwritten.length > 0) result.error ??= 'the time for writing is over';
    return result;
  };
};

/** @throws {TypeError} where the row cannot be written as attribute values */
const bodyOf = ({ name, key: [partitionKey], toItem }: Table<EventData>, row: EventData): string =>
  JSON.stringify({
    TableName: name,
    Item: toItem(row),
    ConditionExpression: 'attribute_not_exists(#key) OR #time <= :time',
    ExpressionAttributeNames: { '#key': partitionKey, '#time': 'Timestamp' },
    ExpressionAttributeValues: { ':time': { S: row.Timestamp } },
  });

const isNewerThere = (error: unknown): boolean =>
  error instanceof Error && error.name === 'ConditionalCheckFailedException';
