import { BatchWriteItemCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';

/** The peer of the function: the client that it cannot do without, and nothing else. */
export const client = new DynamoDBClient({ maxAttempts: 1 });
export const command = BatchWriteItemCommand;
