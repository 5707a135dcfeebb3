import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DescribeTableCommand,
  type DynamoDBClient,
} from '@aws-sdk/client-dynamodb';
import { CreateStreamCommand, DescribeStreamSummaryCommand, type KinesisClient } from '@aws-sdk/client-kinesis';
import { defined } from '../../core/defined.ts';
import { ON_DEMAND_STREAM } from '../../core/limits.ts';
import type { Template } from '../template/template.ts';

interface Clients {
  kinesis: Pick<KinesisClient, 'send'>;
  dynamoDb: Pick<DynamoDBClient, 'send'>;
}

/** Creates the streams and tables of a template, as CloudFormation would. They are ready when this returns. */
export const provision = async (template: Template, { kinesis, dynamoDb }: Clients): Promise<void> => {
  const streams = template.ofType('AWS::Kinesis::Stream').map(([name, { properties }]) =>
    // Without a number of shards it is an on-demand stream.
    createStream(kinesis, template.nameOf(name), Number(properties.ShardCount ?? ON_DEMAND_STREAM.leastShards)),
  );
  const tables = template.ofType('AWS::DynamoDB::Table').map(([, { properties }]) => {
    const { TableName, KeySchema, AttributeDefinitions, BillingMode, StreamSpecification, GlobalSecondaryIndexes } =
      properties;
    return createTable(dynamoDb, {
      TableName,
      KeySchema,
      AttributeDefinitions,
      BillingMode,
      ...defined({ GlobalSecondaryIndexes, StreamSpecification: streamSpecification(StreamSpecification) }),
    } as unknown as CreateTableCommandInput);
  });
  await Promise.all([...streams, ...tables]);
};

/** CloudFormation's has no switch: a table has one, or none. */
const streamSpecification = (specification: unknown): object | undefined =>
  typeof specification === 'object' && specification !== null ? { StreamEnabled: true, ...specification } : undefined;

/** Creates a stream and waits until it takes records. */
export const createStream = async (
  kinesis: Clients['kinesis'],
  StreamName: string,
  ShardCount: number,
): Promise<void> => {
  await kinesis.send(new CreateStreamCommand({ StreamName, ShardCount }));
  await streamBecomesActive(kinesis, StreamName);
};

/** Waits until a stream that was created or resharded takes records and calls again. */
export const streamBecomesActive = (kinesis: Clients['kinesis'], StreamName: string): Promise<void> =>
  becomesActive(async () => {
    const { StreamDescriptionSummary } = await kinesis.send(new DescribeStreamSummaryCommand({ StreamName }));
    return StreamDescriptionSummary?.StreamStatus;
  });

/** Creates a table and waits until it takes items. */
export const createTable = async (dynamoDb: Clients['dynamoDb'], table: CreateTableCommandInput): Promise<void> => {
  await dynamoDb.send(new CreateTableCommand(table));
  const { TableName } = table;
  await becomesActive(async () => (await dynamoDb.send(new DescribeTableCommand({ TableName }))).Table?.TableStatus);
};

/** The waiters of the SDK ask once a second. The emulators need an instant, so their next answer is soon the right one. */
const becomesActive = async (status: () => Promise<string | undefined>): Promise<void> => {
  while ((await status()) !== 'ACTIVE');
};
