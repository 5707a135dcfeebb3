import { BatchWriteItemCommand, type DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { BATCH_WRITE_ITEM } from '../../core/limits.ts';
import { type Entry, EntryError, type Place } from './entry.ts';
import { toRejectedEntry } from './rejected-event.ts';
import type { Retry } from './retry.ts';
import type { ReadPayload } from './stream-payload.ts';

export interface RejectedEventsOptions {
  client: Pick<DynamoDBClient, 'send'>;
  table: string;
  where: string;
  /** For payloads that fit no item. */
  readPayload: ReadPayload;
  retry: Retry;
}

/** The table RejectedEvents, read a page at a time. */
export const rejectedEvents = ({ client, table, where, readPayload, retry }: RejectedEventsOptions): Place => ({
  name: `the table "${table}"`,
  unit: 'rejected event',
  permissions: 'dynamodb:Scan and dynamodb:BatchWriteItem',
  where,
  entries: async function* (signal) {
    let start: Pick<ScanCommand['input'], 'ExclusiveStartKey'> | undefined = {};
    while (start) {
      // What a run before this one removed must not be seen again.
      const command: ScanCommand = new ScanCommand({ TableName: table, ConsistentRead: true, ...start });
      const { Items = [], LastEvaluatedKey } = await retry(
        (abortSignal) => client.send(command, { abortSignal }),
        signal,
      );
      for (const item of Items) yield entryOrError(unmarshall(item), readPayload);
      start = LastEvaluatedKey && { ExclusiveStartKey: LastEvaluatedKey };
    }
  },
  maxRemovals: BATCH_WRITE_ITEM.maxItems,
  // By its Id alone: an Id names one record of one shard for ever. Should the event be rejected again, it is another
  // record then, with another Id.
  remove: async (names, signal) => {
    let left = names.map((Id) => ({ DeleteRequest: { Key: { Id: { S: Id } } } }));
    await retry(async (abortSignal) => {
      const command = new BatchWriteItemCommand({ RequestItems: { [table]: left } });
      const { UnprocessedItems } = await client.send(command, { abortSignal });
      left = (UnprocessedItems?.[table] ?? []) as typeof left;
      if (left.length > 0) throw new UnprocessedError(`${left.length} deletes left unprocessed`);
    }, signal);
  },
});

/** UnprocessedItems stand in a successful reply, and the SDK does not send them again. */
class UnprocessedError extends Error {
  override readonly name = 'UnprocessedError';
}

const entryOrError = (item: Record<string, unknown>, readPayload: ReadPayload): Entry | EntryError => {
  try {
    return toRejectedEntry(item, readPayload);
  } catch (error) {
    if (error instanceof EntryError) return error;
    throw error;
  }
};
