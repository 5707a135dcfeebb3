import { createRequire } from 'node:module';
import { BatchProcessor, EventType, processPartialResponse } from '@aws-lambda-powertools/batch';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { BatchWriteCommand, DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import type { Context, KinesisStreamBatchResponse, KinesisStreamEvent, KinesisStreamRecord } from 'aws-lambda';
import { inBatches } from '../../../core/batch.ts';
import { floorAt, type Tweet } from './floor.ts';

/** A function between Kinesis and DynamoDB. Throws where it did not store all. */
export type Write = (event: KinesisStreamEvent) => Promise<void>;

export const PEERS = {
  batch: 'BatchWriteItem of 25, one at a time (document client)',
  powertools: 'PutItem for each record (Powertools BatchProcessor)',
  floor: 'the floor: node:http, unsigned, no SDK',
  ours: 'ours: the bundle of the template',
} as const;

export type PeerName = keyof typeof PEERS;

export const TABLE = 'bench-table';

/** Any do: the null server does not check the signature that the SDK makes with them. */
const CREDENTIALS = { accessKeyId: 'bench', secretAccessKey: 'bench' };

/** The environment of our function, as Lambda would set it. Its log is silent unless an event is rejected. */
export const environmentOf = (endpoint: string): Record<string, string> => ({
  EVENT_DATA_TABLE: TABLE,
  REJECTED_EVENTS_TABLE: 'bench-rejected',
  METRICS_NAMESPACE: 'bench',
  LOG_LEVEL: 'WARN',
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
  AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
  AWS_ENDPOINT_URL_DYNAMODB: endpoint,
  AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
});

/** Lambda's context, as far as a function of this kind looks at it. */
const CONTEXT = { awsRequestId: 'bench', getRemainingTimeInMillis: () => 60_000 } as Context;

/**
 * One of the functions, ready to be invoked. Ours reads its environment, which must be that of {@link environmentOf}.
 *
 * @param bundle path of the bundle of ours
 * @param inFlight requests of the floor at once
 */
export const openPeer = (name: PeerName, endpoint: string, bundle: string, inFlight?: number): Write => {
  if (name === 'batch') return batchAt(endpoint);
  if (name === 'powertools') return powertoolsAt(endpoint);
  if (name === 'floor') return floorAt(endpoint, TABLE, inFlight);
  const { handler } = createRequire(import.meta.url)(bundle) as {
    handler: (event: KinesisStreamEvent, context: Context) => Promise<KinesisStreamBatchResponse>;
  };
  return async (event) => allStored(await handler(event, CONTEXT));
};

const allStored = ({ batchItemFailures: [first] }: Pick<KinesisStreamBatchResponse, 'batchItemFailures'>): void => {
  if (first) throw new Error(`record ${first.itemIdentifier} was not stored; expected all to be`);
};

const documentClientAt = (endpoint: string): DynamoDBDocumentClient =>
  DynamoDBDocumentClient.from(new DynamoDBClient({ region: 'us-east-1', endpoint, credentials: CREDENTIALS }));

/** What one writes who has read that Lambda's data is in base64. */
const itemOf = ({ kinesis }: KinesisStreamRecord): Record<string, string> => {
  const tweet = JSON.parse(Buffer.from(kinesis.data, 'base64').toString()) as Tweet;
  return {
    Username: tweet.user.name,
    Id: tweet.id_str,
    Timestamp: new Date(tweet.created_at).toISOString(),
    Type: 'tweet',
    Message: tweet.text,
  };
};

/** What one writes who has read that there is a BatchWriteItem. */
const batchAt = (endpoint: string): Write => {
  const client = documentClientAt(endpoint);
  return async ({ Records }) => {
    for (const batch of inBatches(Records, { maxItems: 25, maxBytes: Number.POSITIVE_INFINITY }, () => 0)) {
      const requests = batch.map((record) => ({ PutRequest: { Item: itemOf(record) } }));
      const { UnprocessedItems } = await client.send(new BatchWriteCommand({ RequestItems: { [TABLE]: requests } }));
      const left = UnprocessedItems?.[TABLE]?.length ?? 0;
      if (left > 0) throw new Error(`DynamoDB left ${left} items unprocessed; expected none`);
    }
  };
};

/** As the documentation of Powertools shows it: the processor runs the handler of each record, all at once. */
const powertoolsAt = (endpoint: string): Write => {
  const client = documentClientAt(endpoint);
  const processor = new BatchProcessor(EventType.KinesisDataStreams);
  const recordHandler = async (record: KinesisStreamRecord): Promise<void> => {
    await client.send(new PutCommand({ TableName: TABLE, Item: itemOf(record) }));
  };
  return async (event) =>
    allStored(await processPartialResponse(event, recordHandler, processor, { context: CONTEXT }));
};
