import { DynamoDBClient } from '@aws-sdk/client-dynamodb';

/** The client of a function. It reads region, credentials and endpoint from the environment. */
export const dynamoDbClient = (): DynamoDBClient =>
  new DynamoDBClient({
    // One place retries: the caller, who knows the deadline.
    maxAttempts: 1,
    // A connection that hangs costs one try, not the invocation.
    requestHandler: { connectionTimeout: 1_000, requestTimeout: 5_000, throwOnRequestTimeout: true },
  });
