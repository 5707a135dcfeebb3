import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { DeleteItemCommand, type DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import type { PutRecords } from '../../aws/kinesis.ts';
import { fromItem, type Item } from '../../aws/wire-value.ts';
import { UserError } from '../../cli/user-error.ts';
import { RECORD_BYTES } from '../../core/limits.ts';

export interface PutBackPlace {
  dynamoDb: DynamoDBClient;
  /** RejectedEvents. */
  table: string;
  putRecords: PutRecords;
}

const inflate = promisify(gunzip) as (data: Uint8Array, options: object) => Promise<Buffer>;

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
  const { Data, Encoding, PartitionKey } = fromItem(Item as Item);
  if (!(Data instanceof Uint8Array))
    throw new UserError('its payload is only on the stream; npm run redrive -- --local puts it back');
  const data = Encoding === 'gzip' ? await inflate(Data, { maxOutputLength: RECORD_BYTES.most }) : Data;
  const [answer] = await putRecords([{ partitionKey: String(PartitionKey), data }], signal);
  if (!answer || 'refused' in answer) throw new UserError(`Kinesis did not take it: ${answer?.refused}`);
  await dynamoDb.send(new DeleteItemCommand({ TableName: table, Key }), { abortSignal: signal });
};
