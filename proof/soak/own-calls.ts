import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { KinesisClient } from '@aws-sdk/client-kinesis';
import type { FinalizeRequestMiddleware, MetadataBearer, MiddlewareStack } from '@smithy/types';
import { awsClient } from '../../aws/client.ts';
import { localCredentials } from '../../aws/local-stack.ts';
import type { Services } from '../../local/services.ts';

/**
 * The services as the soak itself calls them, past the faults. A call that fails is made again, and one that fails for good says which it
 * was: a soak ends with a verdict, not with a connection that broke.
 */
export const forOwnCalls = (services: Services): Services => {
  const { endpoints, names, dynamoDb } = services;
  const kinesis = awsClient(KinesisClient, {
    region: names.region,
    endpoint: endpoints.kinesis,
    credentials: localCredentials(),
  });
  for (const client of [kinesis, dynamoDb]) nameCalls(client);
  return {
    ...services,
    kinesis,
    close: async () => {
      kinesis.destroy();
      await services.close();
    },
  };
};

const nameCalls = (client: KinesisClient | DynamoDBClient): void => {
  const nameCall: FinalizeRequestMiddleware<object, MetadataBearer> =
    (next, { commandName }) =>
    async (call) => {
      try {
        return await next(call);
      } catch (error) {
        if (error instanceof Error) error.message = `${commandName} of the soak failed: ${error.message}`;
        throw error;
      }
    };
  (client.middlewareStack as MiddlewareStack<object, MetadataBearer>).addRelativeTo(nameCall, {
    name: 'nameCall',
    relation: 'after',
    toMiddleware: 'retryMiddleware',
  });
};
