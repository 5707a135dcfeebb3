import { once } from 'node:events';
import { BatchWriteItemCommand, DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import {
  DescribeStreamCommand,
  type KinesisClient,
  PutRecordCommand,
  PutRecordsCommand,
} from '@aws-sdk/client-kinesis';
import { expect } from 'chai';
import { kinesisClient } from '../../../aws/kinesis.ts';
import type { NullServerOptions } from '../../../proof/bench/null-server/null-server-options.ts';
import { type NullServer, startNullServer } from '../../../proof/bench/null-server/start.ts';
import { killAll, start } from '../../support/run.ts';
import { until } from '../../support/until.ts';

const CONFIG = { region: 'us-east-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' } };
const StreamName = 'some-stream';

const recordsOf = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ PartitionKey: `名前 "${index}"`, Data: Buffer.from(`😋 ${index}`) }));

const itemsOf = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ PutRequest: { Item: { Id: { S: `"PutRequest": ${index}` } } } }));

const isRunning = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

describe('the null server', () => {
  let server: NullServer;
  let kinesis: KinesisClient;
  let dynamoDb: DynamoDBClient;

  const serve = async (options?: NullServerOptions): Promise<void> => {
    server = await startNullServer(options);
    kinesis = kinesisClient({ ...CONFIG, endpoint: server.endpoint });
    dynamoDb = new DynamoDBClient({ ...CONFIG, endpoint: server.endpoint, maxAttempts: 1 });
  };

  afterEach(async () => {
    kinesis?.destroy();
    dynamoDb?.destroy();
    await server?.stop();
    await killAll();
  });

  it('takes records from the SDK, names their shards, and numbers them in 56 digits that rise', async () => {
    await serve({ shards: 4 });
    const { FailedRecordCount, Records = [] } = await kinesis.send(
      new PutRecordsCommand({ StreamName, Records: recordsOf(100) }),
    );
    const one = await kinesis.send(new PutRecordCommand({ StreamName, PartitionKey: 'a', Data: Buffer.from('b') }));
    expect(FailedRecordCount).to.equal(0);
    const numbers = [...Records, one].map(({ SequenceNumber }) => SequenceNumber!);
    for (const number of numbers) expect(number).to.match(/^[1-9]\d{55}$/);
    expect(numbers).to.deep.equal([...new Set(numbers)].sort());
    expect([...new Set(Records.map(({ ShardId }) => ShardId))].sort()).to.deep.equal(
      [0, 1, 2, 3].map((shard) => `shardId-00000000000${shard}`),
    );
    expect(one.ShardId).to.equal('shardId-000000000000');
    expect(await server.counters()).to.include({ requests: 2, records: 101, refused: 0, items: 0 });
  });

  it('takes items from the SDK', async () => {
    await serve();
    const { UnprocessedItems } = await dynamoDb.send(
      new BatchWriteItemCommand({
        RequestItems: { a: itemsOf(20), b: [{ DeleteRequest: { Key: { Id: { S: '1' } } } }] },
      }),
    );
    await dynamoDb.send(new PutItemCommand({ TableName: 'a', Item: { Id: { S: '1' } } }));
    expect(UnprocessedItems).to.deep.equal({});
    expect(await server.counters()).to.include({ requests: 2, items: 22, unprocessed: 0, records: 0 });
  });

  it('refuses the share of the records that it is told to, the same ones for the same seed', async () => {
    const refusedBy = async (seed: number): Promise<number[]> => {
      await serve({ refusedShare: 0.25, seed });
      const { FailedRecordCount, Records = [] } = await kinesis.send(
        new PutRecordsCommand({ StreamName, Records: recordsOf(500) }),
      );
      const refused = Records.flatMap(({ ErrorCode }, index) => (ErrorCode === undefined ? [] : [index]));
      expect(FailedRecordCount).to.equal(refused.length);
      expect(await server.counters()).to.include({ records: 500 - refused.length, refused: refused.length });
      kinesis.destroy();
      dynamoDb.destroy();
      await server.stop();
      return refused;
    };
    const refused = await refusedBy(1);
    expect(refused.length).to.be.within(75, 175);
    expect(await refusedBy(1)).to.deep.equal(refused);
    expect(await refusedBy(2)).not.to.deep.equal(refused);
  });

  it('leaves the share of the items unprocessed that it is told to, and gives those back as they came', async () => {
    await serve({ refusedShare: 0.5, seed: 3 });
    const items = itemsOf(25);
    const { UnprocessedItems = {} } = await dynamoDb.send(new BatchWriteItemCommand({ RequestItems: { a: items } }));
    const { a = [] } = UnprocessedItems;
    expect(a.length).to.be.within(1, 24);
    for (const item of a) expect(items).to.deep.include(item);
    expect(await server.counters()).to.include({ items: 25 - a.length, unprocessed: a.length });
  });

  it('refuses a single record or item with the exception of the service', async () => {
    await serve({ refusedShare: 1 });
    const record = new PutRecordCommand({ StreamName, PartitionKey: 'a', Data: Buffer.from('b') });
    const item = new PutItemCommand({ TableName: 'a', Item: { Id: { S: '1' } } });
    for (const call of [() => kinesis.send(record), () => dynamoDb.send(item)]) {
      const error = await call().then(
        () => undefined,
        (failed: Error) => failed,
      );
      expect(error).to.include({ name: 'ProvisionedThroughputExceededException' });
    }
  });

  it('holds each shard to its limit, and says which one had enough', async () => {
    await serve({ shardRate: { recordsPerSecond: 0.001, bytesPerSecond: 1024 } });
    const send = () => kinesis.send(new PutRecordsCommand({ StreamName, Records: recordsOf(2) }));
    // A bucket that holds less than one record gives one when it is full.
    const [taken, refused] = (await send()).Records ?? [];
    expect(taken).to.have.property('ShardId', 'shardId-000000000000');
    expect(refused).to.deep.equal({
      ErrorCode: 'ProvisionedThroughputExceededException',
      ErrorMessage: 'Rate exceeded for shard shardId-000000000000 in stream some-stream under account 000000000000.',
    });
    expect((await send()).FailedRecordCount).to.equal(2);
  });

  it('says which operations it has, to a client that asks for another', async () => {
    await serve();
    const error = await kinesis.send(new DescribeStreamCommand({ StreamName })).catch((failed: Error) => failed);
    expect(error).to.include({ name: 'UnknownOperationException' });
    expect((error as Error).message).to.contain('expected one of Kinesis_20131202.PutRecord');
  });

  it('refuses options that are out of range, all of them at once', async () => {
    const options = {
      latencyMs: -1,
      refusedShare: 2,
      shards: 0,
      shardRate: { recordsPerSecond: 0, bytesPerSecond: 1 },
    };
    const error = await startNullServer(options).catch((failed: Error) => failed);
    expect(error).to.be.an.instanceOf(RangeError);
    expect((error as Error).message.split('\n')).to.deep.equal([
      'latencyMs is -1; expected 0 or more',
      'refusedShare is 2; expected 0 to 1',
      'shards is 0; expected 1, 2, 3, …',
      'shardRate.recordsPerSecond is 0; expected more than 0',
    ]);
  });

  it('counts its own processor time, and answers several questions in their order', async () => {
    await serve();
    const [first, second] = await Promise.all([server.counters(), server.counters()]);
    expect(first.cpuMicros).to.be.greaterThan(0);
    expect(second.cpuMicros).to.be.at.least(first.cpuMicros);
  });

  it('ends when it is stopped, with a connection open and an answer on its way', async () => {
    await serve({ latencyMs: 600_000 });
    const call = kinesis
      .send(new PutRecordsCommand({ StreamName, Records: recordsOf(1) }))
      .catch((error: Error) => error);
    await until(async () => (await server.counters()).requests === 1);
    await server.stop();
    expect(isRunning(server.pid)).to.equal(false);
    expect(await call).to.be.an.instanceOf(Error);
  });

  it('ends with its parent, even one that is killed', async () => {
    const parent = start('test/proof/bench/null-server-parent.ts', []);
    const [line] = (await once(parent.child.stdout!, 'data')) as [string];
    const pid = Number(line);
    expect(isRunning(pid)).to.equal(true);
    parent.child.kill('SIGKILL');
    await parent.finished;
    await until(() => !isRunning(pid), 'the end of the null server');
  });
});
