import { createRequire } from 'node:module';
import { BatchProcessor, EventType, processPartialResponse } from '@aws-lambda-powertools/batch';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { BatchWriteCommand, DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import type { Context, KinesisStreamBatchResponse, KinesisStreamEvent, KinesisStreamRecord } from 'aws-lambda';
import { LOCAL_REGION, localCredentials } from '../../aws/local-stack.ts';
import { chunks } from '../../core/batch.ts';
import { inParallel } from '../../core/in-parallel.ts';
import { unsignedPost } from './unsigned-post.ts';

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

/** The tables to which our function is to write. */
export const VARIABLES = { EVENT_DATA_TABLE: TABLE, REJECTED_EVENTS_TABLE: 'bench-rejected' };

/** Lambda's context, as far as a function of this kind looks at it. */
const CONTEXT = { awsRequestId: 'bench', getRemainingTimeInMillis: () => 60_000 } as Context;

/**
 * One of the functions, ready to be invoked. Ours reads the environment of this process, which must have {@link VARIABLES}.
 *
 * @param bundle path of the bundle of ours
 * @param inFlight requests of the floor at once
 */
export const openPeer = (name: PeerName, endpoint: string, bundle: string, inFlight?: number): Write => {
  if (name === 'batch') return batchAt(endpoint);
  if (name === 'powertools') return powertoolsAt(endpoint);
  if (name === 'floor') return floorAt(endpoint, inFlight);
  const { handler } = createRequire(import.meta.url)(bundle) as {
    handler: (event: KinesisStreamEvent, context: Context) => Promise<KinesisStreamBatchResponse>;
  };
  return async (event) => allStored(await handler(event, CONTEXT));
};

const allStored = ({ batchItemFailures: [first] }: Pick<KinesisStreamBatchResponse, 'batchItemFailures'>): void => {
  if (first) throw new Error(`record ${first.itemIdentifier} was not stored; expected all to be`);
};

const allTaken = ({ UnprocessedItems }: { UnprocessedItems?: Record<string, unknown[]> | undefined }): void => {
  const left = UnprocessedItems?.[TABLE]?.length ?? 0;
  if (left > 0) throw new Error(`DynamoDB left ${left} items unprocessed; expected all to be taken`);
};

const documentClientAt = (endpoint: string): DynamoDBDocumentClient =>
  DynamoDBDocumentClient.from(new DynamoDBClient({ region: LOCAL_REGION, endpoint, credentials: localCredentials() }));

const itemOf = ({ kinesis }: KinesisStreamRecord) => {
  const tweet = JSON.parse(Buffer.from(kinesis.data, 'base64').toString());
  return {
    Username: tweet.user.name as string,
    Id: tweet.id_str as string,
    Timestamp: new Date(tweet.created_at).toISOString(),
    Type: 'tweet',
    Message: tweet.text as string,
  };
};

/** What is easily written with BatchWriteItem: one request after another. */
const batchAt = (endpoint: string): Write => {
  const client = documentClientAt(endpoint);
  return async ({ Records }) => {
    for (const batch of chunks(Records, 25)) {
      const requests = batch.map((record) => ({ PutRequest: { Item: itemOf(record) } }));
      allTaken(await client.send(new BatchWriteCommand({ RequestItems: { [TABLE]: requests } })));
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

/**
 * The least that can bring records into a table from Node: base64, JSON, four fields, a body built by hand, `node:http`, several
 * requests in flight, replies parsed. It has no SDK, signature, checks or retries: these are what another function costs more.
 */
const floorAt = (endpoint: string, inFlight = 8): Write => {
  const operation = 'DynamoDB_20120810.BatchWriteItem';
  const { post } = unsignedPost({ endpoint, operation, contentType: 'application/x-amz-json-1.0', inFlight });
  return ({ Records }) =>
    inParallel(inFlight, chunks(Records, 25), async (batch) => {
      const body = `{"RequestItems":{"${TABLE}":[${batch.map(putRequestOf).join(',')}]}}`;
      allTaken(JSON.parse(await post(Buffer.from(body))));
    });
};

const putRequestOf = (record: KinesisStreamRecord): string => {
  const { Username, Id, Timestamp, Message } = itemOf(record);
  return `{"PutRequest":{"Item":{"Username":{"S":${JSON.stringify(Username)}},"Id":{"S":"${Id}"},"Timestamp":{"S":"${Timestamp}"},"Type":{"S":"tweet"},"Message":{"S":${JSON.stringify(Message)}}}}}`;
};
