import { DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { KeepingHandler } from '../aws/keeping-handler.ts';

/**
 * The client of a function. It reads region, credentials and endpoint from the environment.
 *
 * @param silenceMs how long a connection may carry nothing, also in the middle of an answer
 * @param config in place of what the environment says
 */
export const dynamoDbClient = (silenceMs = 5_000, config: DynamoDBClientConfig = {}): DynamoDBClient =>
  new DynamoDBClient({
    ...config,
    // One place retries: the caller, who knows the deadline.
    maxAttempts: 1,
    // A connection that hangs costs one try, not the invocation. The time of a request ends with the headers of its answer; from
    // there on it is the socket that must not be idle. A connection that waits for its next request has no such limit. With the least
    // memory a function has so little of a CPU that fifty connections take a second.
    requestHandler: new KeepingHandler({
      connectionTimeout: 2_000,
      requestTimeout: 5_000,
      socketTimeout: silenceMs,
      throwOnRequestTimeout: true,
    }),
  });
