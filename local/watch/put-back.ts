import { DeleteItemCommand, type DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import type { PutRecords } from '../../aws/kinesis.ts';
import { fromItem, type Item } from '../../aws/wire-value.ts';
import { UserError } from '../../cli/user-error.ts';
import { partitionKeyOf } from '../../core/source-event.ts';
import { payloadIn } from '../../functions/ddb-event-processor/rejected-payload.ts';

export interface PutBackPlace {
  dynamoDb: DynamoDBClient;
  /** RejectedEvents. */
  table: string;
  putRecords: PutRecords;
}

/**
 * Puts one rejected event back on the stream, and takes it out of its table once Kinesis has it, as a redrive does. An event that is
 * rejected again is another row, since its record has another sequence number.
 *
 * @param id of the row of RejectedEvents
 * @throws {UserError} where there is none, or its payload is not in the row
 */
export const putBackRejected = async (
  { dynamoDb, table, putRecords }: PutBackPlace,
  id: string,
  signal: AbortSignal,
): Promise<void> => {
  const Key = { Id: { S: id } };
  const get = new GetItemCommand({ TableName: table, Key, ConsistentRead: true });
  const { Item } = await dynamoDb.send(get, { abortSignal: signal });
  if (!Item) throw new UserError('this event is not in RejectedEvents any more');
  const row = fromItem(Item as Item);
  const data = await payloadIn(row).catch((cause: Error) => {
    throw new UserError(cause.message, { cause });
  });
  if (!data) throw new UserError('its payload is only on the stream; npm run redrive -- --local puts it back');
  const [answer] = await putRecords([{ partitionKey: partitionKeyOf(row.PartitionKey, data), data }], signal);
  if (!answer || 'refused' in answer) throw new UserError(`Kinesis did not take it: ${answer?.refused}`);
  await dynamoDb.send(new DeleteItemCommand({ TableName: table, Key }), { abortSignal: signal });
};
