import { CreateTableCommand, type CreateTableCommandInput, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CreateStreamCommand, type KinesisClient } from '@aws-sdk/client-kinesis';
import type { Template } from './template.ts';

/** Creates the streams and tables of a template, as CloudFormation would. They are there as soon as this returns. */
export const provision = async (
  template: Template,
  { kinesis, dynamoDb }: { kinesis: Pick<KinesisClient, 'send'>; dynamoDb: Pick<DynamoDBClient, 'send'> },
): Promise<void> => {
  const streams = template.ofType('AWS::Kinesis::Stream').map(([name, { properties }]) =>
    kinesis.send(
      new CreateStreamCommand({
        StreamName: template.nameOf(name),
        // An on-demand stream starts with four. https://docs.aws.amazon.com/streams/latest/dev/how-do-i-size-a-stream.html
        ShardCount: Number(properties.ShardCount ?? 4),
      }),
    ),
  );
  const tables = template.ofType('AWS::DynamoDB::Table').map(([, { properties }]) => {
    const { TableName, KeySchema, AttributeDefinitions, BillingMode } = properties;
    const input = { TableName, KeySchema, AttributeDefinitions, BillingMode };
    return dynamoDb.send(new CreateTableCommand(input as unknown as CreateTableCommandInput));
  });
  await Promise.all([...streams, ...tables]);
};
