import { BatchWriteItemCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { KinesisStreamEvent } from 'aws-lambda';

/** The peer of the function: the client that it cannot do without, and the least that writes with it. */
const client = new DynamoDBClient({ maxAttempts: 1 });

/** Writes tweets of v1.1, at most 25 of them. */
export const handler = async ({ Records }: KinesisStreamEvent): Promise<void> => {
  const requests = Records.map(({ kinesis }) => {
    const { id_str, text, user } = JSON.parse(Buffer.from(kinesis.data, 'base64').toString());
    return { PutRequest: { Item: { Username: { S: user.name }, Id: { S: id_str }, Message: { S: text } } } };
  });
  await client.send(new BatchWriteItemCommand({ RequestItems: { [String(process.env.EVENT_DATA_TABLE)]: requests } }));
};
