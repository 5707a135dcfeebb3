import { BatchGetItemCommand, BatchWriteItemCommand, DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import {
  DescribeStreamCommand,
  type KinesisClient,
  PutRecordCommand,
  PutRecordsCommand,
} from '@aws-sdk/client-kinesis';
import { expect } from 'chai';
import { kinesisClient } from '../../../aws/kinesis.ts';
import type { NullServerOptions } from '../../../proof/bench/null-server/operations.ts';
import { type ListeningServer, listen } from '../../../proof/bench/null-server/server.ts';
import { type NullServer, withNullServer } from '../../../proof/bench/null-server/start.ts';
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
  let server: ListeningServer;
  let kinesis: KinesisClient;
  let dynamoDb: DynamoDBClient;
  /** Milliseconds. It stands still, so that no limit of a shard is a matter of how fast the machine is. */
  const clock = { now: () => 0 };

  const connectTo = (endpoint: string): void => {
    kinesis = kinesisClient({ ...CONFIG, endpoint });
    dynamoDb = new DynamoDBClient({ ...CONFIG, endpoint, maxAttempts: 1 });
  };
  const serve = async (options: NullServerOptions = {}): Promise<void> => {
    server = await listen(options, clock);
    connectTo(server.endpoint);
  };

  afterEach(async () => {
    kinesis?.destroy();
    dynamoDb?.destroy();
    if (server) await server.close();
    await killAll();
  });

  it('takes records from the SDK, names their shard, and numbers them in 56 digits that rise', async () => {
    await serve();
    const { FailedRecordCount, Records = [] } = await kinesis.send(
      new PutRecordsCommand({ StreamName, Records: recordsOf(100) }),
    );
    const one = await kinesis.send(new PutRecordCommand({ StreamName, PartitionKey: 'a', Data: Buffer.from('b') }));
    expect(FailedRecordCount).to.equal(0);
    const numbers = [...Records, one].map(({ SequenceNumber }) => SequenceNumber!);
    for (const number of numbers) expect(number).to.match(/^[1-9]\d{55}$/);
    expect(numbers).to.deep.equal([...new Set(numbers)].sort());
    for (const { ShardId } of [...Records, one]) expect(ShardId).to.equal('shardId-000000000000');
    expect(server.counters).to.include({ requests: 2, records: 101, refused: 0, items: 0 });
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
    expect(server.counters).to.include({ requests: 2, items: 22, records: 0 });
  });

  it('keeps the items of a key where it is told to, and no others', async () => {
    await serve({ keeps: ['Group', 'Part'] });
    const key = { Group: { S: 'a' }, Part: { S: '1' } };
    const read = async () => {
      const Keys = [key, { Group: { S: 'a' }, Part: { S: '2' } }];
      const { Responses } = await dynamoDb.send(new BatchGetItemCommand({ RequestItems: { some: { Keys } } }));
      return Responses?.some ?? [];
    };
    expect(await read()).to.deep.equal([]);
    for (const Count of ['1', '2'])
      await dynamoDb.send(new PutItemCommand({ TableName: 'some', Item: { ...key, Count: { N: Count } } }));
    await dynamoDb.send(new PutItemCommand({ TableName: 'some', Item: { id: { S: 'other' } } }));
    expect(await read()).to.deep.equal([{ ...key, Count: { N: '2' } }]);
  });

  it('fails the share of records that it is told to, evenly spread', async () => {
    await serve({ failing: 0.25 });
    const put = new PutRecordsCommand({ StreamName, Records: recordsOf(8) });
    const { FailedRecordCount, Records = [] } = await kinesis.send(put);
    const codes = Records.map(({ ErrorCode }) => ErrorCode ?? '');
    expect(codes).to.deep.equal(['', '', '', 'InternalFailure', '', '', '', 'InternalFailure']);
    expect(FailedRecordCount).to.equal(2);
    expect(server.counters).to.include({ records: 6, refused: 2 });
  });

  it('holds the shard to its limit, and says which one had enough', async () => {
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

  it('counts its own CPU time, answers in order, and ends with an answer on its way', async () => {
    let stopped: NullServer | undefined;
    const call = await withNullServer({ latencyMs: 600_000 }, async (started) => {
      stopped = started;
      const [first, second] = await Promise.all([started.counters(), started.counters()]);
      expect(first.cpuMicros).to.be.greaterThan(0);
      expect(second.cpuMicros).to.be.at.least(first.cpuMicros);
      connectTo(started.endpoint);
      const answer = kinesis.send(new PutRecordsCommand({ StreamName, Records: recordsOf(1) }));
      const outcome = { error: answer.catch((error: Error) => error) };
      await until(async () => (await started.counters()).requests === 1);
      return outcome;
    });
    expect(isRunning(stopped!.pid)).to.equal(false);
    expect(await call.error).to.be.an.instanceOf(Error);
  });

  it('ends with its parent, even one that is killed', async () => {
    const parent = start('test/proof/bench/null-server-parent.ts', []);
    await parent.saw('\n');
    const pid = Number(parent.printed.stdout);
    expect(isRunning(pid)).to.equal(true);
    parent.child.kill('SIGKILL');
    // It writes to the same standard error, which is open as long as one of them runs. Its number is taken until somebody asks how it
    // ended, which nobody may do once its parent is gone.
    await parent.finished;
  });
});
