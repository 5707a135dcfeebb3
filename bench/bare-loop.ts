import { BatchWriteItemCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { GetRecordsCommand, GetShardIteratorCommand, PutRecordsCommand } from '@aws-sdk/client-kinesis';
import { kinesisClient } from '../client/kinesis.ts';
import { inBatches } from '../core/batch.ts';
import { startEmulators } from '../local/emulators.ts';
import { createStream, createTable } from '../local/provision.ts';

/**
 * The peer of `npm start`: the same emulators and the least code that moves records from one to the other. No client, no
 * mapping, no function, no retries, no order, no audit. Prints the events per second as JSON.
 */
const [events = 10_000, bytes = 2_000] = process.argv.slice(2).map(Number);
const config = { region: 'us-east-1', credentials: { accessKeyId: 'bench', secretAccessKey: 'bench' } };
const emulators = await startEmulators({ kinesis: 0, dynamoDb: 0 });
const kinesis = kinesisClient({ ...config, endpoint: emulators.endpoints.kinesis });
const dynamoDb = new DynamoDBClient({ ...config, endpoint: emulators.endpoints.dynamoDb });
const StreamName = 'bench-stream';
const TableName = 'bench-table';
await createStream(kinesis, StreamName, 1);
await createTable(dynamoDb, {
  TableName,
  BillingMode: 'PAY_PER_REQUEST',
  KeySchema: [{ AttributeName: 'Id', KeyType: 'HASH' }],
  AttributeDefinitions: [{ AttributeName: 'Id', AttributeType: 'S' }],
});

const put = async (): Promise<void> => {
  const Message = 'x'.repeat(bytes - 40);
  const ids = Array.from({ length: events }, (_, index) => String(index));
  for (const batch of inBatches(ids, { maxItems: 500, maxBytes: Number.POSITIVE_INFINITY }, () => 0))
    await kinesis.send(
      new PutRecordsCommand({
        StreamName,
        Records: batch.map((Id) => ({ PartitionKey: Id, Data: Buffer.from(JSON.stringify({ Id, Message })) })),
      }),
    );
};

const take = async (): Promise<void> => {
  const shard = { StreamName, ShardId: 'shardId-000000000000', ShardIteratorType: 'TRIM_HORIZON' } as const;
  let { ShardIterator } = await kinesis.send(new GetShardIteratorCommand(shard));
  for (let taken = 0; taken < events; ) {
    const { Records = [], NextShardIterator } = await kinesis.send(
      new GetRecordsCommand({ ShardIterator, Limit: 1_000 }),
    );
    ShardIterator = NextShardIterator;
    taken += Records.length;
    const items = Records.map(({ Data }) => {
      const { Id, Message } = JSON.parse(Buffer.from(Data!).toString());
      return { PutRequest: { Item: { Id: { S: Id }, Message: { S: Message } } } };
    });
    const batches = inBatches(items, { maxItems: 25, maxBytes: Number.POSITIVE_INFINITY }, () => 0);
    const write = async (): Promise<void> => {
      for (const batch of batches)
        await dynamoDb.send(new BatchWriteItemCommand({ RequestItems: { [TableName]: batch } }));
    };
    await Promise.all([write(), write(), write(), write()]);
  }
};

const started = performance.now();
await Promise.all([put(), take()]);
const seconds = (performance.now() - started) / 1000;
process.stdout.write(`${JSON.stringify({ events, seconds, eventsPerSecond: Math.round(events / seconds) })}\n`);
kinesis.destroy();
dynamoDb.destroy();
await emulators.close();
