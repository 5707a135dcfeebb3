import { createRequire } from 'node:module';
import { BatchProcessor, EventType, processPartialResponse } from '@aws-lambda-powertools/batch';
import { IdempotencyConfig, makeIdempotent } from '@aws-lambda-powertools/idempotency';
import { DynamoDBPersistenceLayer } from '@aws-lambda-powertools/idempotency/dynamodb';
import { DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { Context, DynamoDBRecord } from 'aws-lambda';
import { LOCAL_REGION, localCredentials } from '../../aws/local-stack.ts';
import { windowOf } from '../../core/rollups/window.ts';
import type { Answer, ChangesEvent } from '../../functions/event-rollups/delivery.ts';

/** A function that keeps counts of the rows of a table. @returns the first change that must come again */
export type Apply = (event: ChangesEvent) => Promise<string | undefined>;

export const ROLLUP_PEERS = {
  add: 'UpdateItem ADD for each change, one after another',
  atOnce: 'UpdateItem ADD for each change, all of a batch at once',
  idempotent: 'the same with idempotency (Powertools)',
  ours: 'ours: the bundle of the template',
} as const;

export type RollupPeerName = keyof typeof ROLLUP_PEERS;

export const PEER_NAMES = Object.keys(ROLLUP_PEERS) as RollupPeerName[];

export const ROLLUPS_TABLE = 'bench-rollups';
export const IDEMPOTENCY_TABLE = 'bench-idempotency';

/** Lambda's context, as far as a function of this kind looks at it. */
const contextOf = (remainingMs: number): Context =>
  ({ awsRequestId: 'bench', functionName: 'bench', getRemainingTimeInMillis: () => remainingMs }) as Context;

/** After so long Powertools takes a change whose call did not end for one that may be tried again. Milliseconds. */
const IN_PROGRESS_MS = 200;

/** All requests of a batch at once wait for the SDK's 50 connections. It need not say so. Milliseconds. */
const NO_WARNING_MS = 2 ** 31 - 1;

/** One of the functions, ready to be invoked. Ours reads the environment of this process, which must name {@link ROLLUPS_TABLE}. */
export const openRollupPeer = (name: RollupPeerName, endpoint: string, bundle: string): Apply => {
  if (name === 'ours') return ours(bundle);
  const requestHandler = { socketAcquisitionWarningTimeout: NO_WARNING_MS };
  const client = new DynamoDBClient({
    region: LOCAL_REGION,
    endpoint,
    credentials: localCredentials(),
    requestHandler,
  });
  const add = addTo(client);
  if (name === 'add') return oneAfterAnother(add);
  return atOnce(name === 'atOnce' ? add : idempotent(add, client));
};

const ours = (bundle: string): Apply => {
  const { handler } = createRequire(import.meta.url)(bundle) as {
    handler: (event: ChangesEvent, context: Context) => Promise<Answer>;
  };
  const context = contextOf(60_000);
  return async (event) => (await handler(event, context)).batchItemFailures[0]?.itemIdentifier;
};

type Add = (record: DynamoDBRecord) => Promise<void>;

/** The usual counter: one more in the item of the group and the minute. */
const addTo =
  (client: DynamoDBClient): Add =>
  async ({ dynamodb }) => {
    const { Type, Timestamp } = dynamodb?.NewImage ?? {};
    await client.send(
      new UpdateItemCommand({
        TableName: ROLLUPS_TABLE,
        Key: { Rollup: { S: `events#${windowOf('minute', Timestamp?.S ?? '')}` }, Part: { S: Type?.S ?? '' } },
        UpdateExpression: 'ADD #count :one',
        ExpressionAttributeNames: { '#count': 'Count' },
        ExpressionAttributeValues: { ':one': { N: '1' } },
      }),
    );
  };

const oneAfterAnother =
  (add: Add): Apply =>
  async ({ Records }) => {
    for (const record of Records)
      try {
        await add(record);
      } catch {
        return record.dynamodb?.SequenceNumber;
      }
    return undefined;
  };

/** As the documentation of Powertools shows it: the processor runs the handler of each change. */
const atOnce = (add: Add): Apply => {
  const processor = new BatchProcessor(EventType.DynamoDBStreams);
  const context = contextOf(IN_PROGRESS_MS);
  return async (event) => {
    const options = { context, throwOnFullBatchFailure: false };
    const { batchItemFailures } = await processPartialResponse(event, add, processor, options);
    // Lambda goes on from the lowest number. All have as many digits.
    return batchItemFailures.map(({ itemIdentifier }) => itemIdentifier).toSorted()[0];
  };
};

/** As the documentation of Powertools shows it: each change is remembered in a table of its own, by its sequence number. */
const idempotent = (add: Add, client: DynamoDBClient): Add => {
  const config = new IdempotencyConfig({ eventKeyJmesPath: 'dynamodb.SequenceNumber', throwOnNoIdempotencyKey: true });
  config.registerLambdaContext(contextOf(IN_PROGRESS_MS));
  const persistenceStore = new DynamoDBPersistenceLayer({ tableName: IDEMPOTENCY_TABLE, awsSdkV3Client: client });
  return makeIdempotent(add, { persistenceStore, config, keyPrefix: 'rollups' });
};
