import { setTimeout as delay } from 'node:timers/promises';
import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DescribeTableCommand,
  type DynamoDBClient,
} from '@aws-sdk/client-dynamodb';
import { CreateStreamCommand, DescribeStreamSummaryCommand, type KinesisClient } from '@aws-sdk/client-kinesis';
import type { Template } from '../template/template.ts';

interface Clients {
  kinesis: Pick<KinesisClient, 'send'>;
  dynamoDb: Pick<DynamoDBClient, 'send'>;
}

/** Creates the streams and tables of a template, as CloudFormation would. They are ready when this returns. */
export const provision = async (template: Template, { kinesis, dynamoDb }: Clients): Promise<void> => {
  const streams = template.ofType('AWS::Kinesis::Stream').map(([name, { properties }]) =>
    // An on-demand stream starts with four. https://docs.aws.amazon.com/streams/latest/dev/how-do-i-size-a-stream.html
    createStream(kinesis, template.nameOf(name), Number(properties.ShardCount ?? 4)),
  );
  const tables = template.ofType('AWS::DynamoDB::Table').map(([, { properties }]) => {
    const { TableName, KeySchema, AttributeDefinitions, BillingMode } = properties;
    return createTable(dynamoDb, {
      TableName,
      KeySchema,
      AttributeDefinitions,
      BillingMode,
    } as unknown as CreateTableCommandInput);
  });
  await Promise.all([...streams, ...tables]);
};

/** Creates a stream and waits until it takes records. */
export const createStream = async (
  kinesis: Clients['kinesis'],
  StreamName: string,
  ShardCount: number,
): Promise<void> => {
  await kinesis.send(new CreateStreamCommand({ StreamName, ShardCount }));
  await becomesActive(async () => {
    const { StreamDescriptionSummary } = await kinesis.send(new DescribeStreamSummaryCommand({ StreamName }));
    return StreamDescriptionSummary?.StreamStatus;
  });
};

/** Creates a table and waits until it takes items. */
export const createTable = async (dynamoDb: Clients['dynamoDb'], table: CreateTableCommandInput): Promise<void> => {
  await dynamoDb.send(new CreateTableCommand(table));
  const { TableName } = table;
  await becomesActive(async () => (await dynamoDb.send(new DescribeTableCommand({ TableName }))).Table?.TableStatus);
};

/** The waiters of the SDK look once a second; here it is a matter of milliseconds. */
const becomesActive = async (status: () => Promise<string | undefined>): Promise<void> => {
  while ((await status()) !== 'ACTIVE') await delay(5);
};
