import { readFileSync } from 'node:fs';
import { BatchWriteItemCommand, DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb';
import { GetRecordsCommand, GetShardIteratorCommand, PutRecordsCommand } from '@aws-sdk/client-kinesis';
import { kinesisClient } from '../../aws/kinesis.ts';
import { LOCAL_REGION, localCredentials } from '../../aws/local-stack.ts';
import { chunks } from '../../core/batch.ts';
import { startEmulators } from '../../local/emulators/emulators.ts';
import { createStream, createTable } from '../../local/emulators/provision.ts';

/**
 * The peer of `npm start`: the same emulators, the same file of tweets, and the least code that moves records from one to the
 * other. No client, no mapping, no function, no retries, no order, no audit. Prints the events per second as JSON.
 */
const [file = ''] = process.argv.slice(2);
const config = { region: LOCAL_REGION, credentials: localCredentials() };
const emulators = await startEmulators({ kinesis: 0, dynamoDb: 0 });
const kinesis = kinesisClient({ ...config, endpoint: emulators.endpoints.kinesis });
const dynamoDb = new DynamoDBClient({ ...config, endpoint: emulators.endpoints.dynamoDb });
const StreamName = 'bench-stream';
const TableName = 'bench-table';
await createStream(kinesis, StreamName, 1);
await createTable(dynamoDb, {
  TableName,
  BillingMode: 'PAY_PER_REQUEST',
  KeySchema: [
    { AttributeName: 'Username', KeyType: 'HASH' },
    { AttributeName: 'Id', KeyType: 'RANGE' },
  ],
  AttributeDefinitions: [
    { AttributeName: 'Username', AttributeType: 'S' },
    { AttributeName: 'Id', AttributeType: 'S' },
  ],
});

const events = readFileSync(file, 'utf8').trimEnd().split('\n');

const put = async (): Promise<void> => {
  for (const batch of chunks(events, 500)) {
    const Records = batch.map((event, index) => ({ PartitionKey: String(index), Data: Buffer.from(event) }));
    await kinesis.send(new PutRecordsCommand({ StreamName, Records }));
  }
};

const take = async (): Promise<void> => {
  const shard = { StreamName, ShardId: 'shardId-000000000000', ShardIteratorType: 'TRIM_HORIZON' } as const;
  let { ShardIterator } = await kinesis.send(new GetShardIteratorCommand(shard));
  for (let taken = 0; taken < events.length; ) {
    const { Records = [], NextShardIterator } = await kinesis.send(
      new GetRecordsCommand({ ShardIterator, Limit: 1_000 }),
    );
    ShardIterator = NextShardIterator;
    taken += Records.length;
    const items = Records.map(({ Data }) => {
      const { id_str, text, user } = JSON.parse(Buffer.from(Data!).toString());
      return { PutRequest: { Item: { Username: { S: user.name }, Id: { S: id_str }, Message: { S: text } } } };
    });
    const batches = chunks(items, 25);
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
const { length } = events;
let rows = 0;
for await (const { Count = 0 } of paginateScan({ client: dynamoDb }, { TableName, Select: 'COUNT' })) rows += Count;
process.stdout.write(`${JSON.stringify({ rows, seconds, eventsPerSecond: Math.round(length / seconds) })}\n`);
kinesis.destroy();
dynamoDb.destroy();
await emulators.close();
