import { setTimeout as delay } from 'node:timers/promises';
import { PutRecordsCommand, SplitShardCommand } from '@aws-sdk/client-kinesis';
import type { KinesisStreamRecord } from 'aws-lambda';
import { expect } from 'chai';
import { type Mapping, type MappingOptions, startEventSourceMapping } from '../../local/event-source-mapping.ts';
import type { Answer } from '../../local/lambda.ts';
import { localKinesis, TestServices } from '../support/emulators.ts';
import { startFaultProxy } from '../support/fault-proxy.ts';
import { until } from '../support/until.ts';

const OK: Answer = { payload: '{"batchItemFailures":[]}' };

describe('the event source mapping', () => {
  const services = new TestServices();
  let mapping: Mapping | undefined;
  let stream: string;
  let batches: KinesisStreamRecord[][];
  let settled: string[];
  let problems: string[];

  before(() => services.start());
  after(() => services.stop());
  beforeEach(() => {
    batches = [];
    settled = [];
    problems = [];
  });
  afterEach(async () => {
    await mapping?.close();
    mapping = undefined;
  });

  const put = async (count: number, keys = count, from = 0): Promise<void> => {
    for (let first = 0; first < count; first += 500) {
      const Records = Array.from({ length: Math.min(500, count - first) }, (_, index) => ({
        PartitionKey: `key-${(first + index) % keys}`,
        Data: Buffer.from(String(from + first + index)),
      }));
      await services.kinesis.send(new PutRecordsCommand({ StreamName: stream, Records }));
    }
  };
  const start = (
    settings: Partial<MappingOptions['settings']> = {},
    invoke: (records: KinesisStreamRecord[]) => Promise<Answer> | Answer = () => OK,
    kinesis = services.kinesis,
  ): void => {
    mapping = startEventSourceMapping({
      kinesis,
      streamName: stream,
      streamArn: `arn:aws:kinesis:us-east-1:000000000000:stream/${stream}`,
      region: 'us-east-1',
      settings: {
        batchSize: 100,
        maximumBatchingWindowInSeconds: 0,
        parallelizationFactor: 1,
        bisectBatchOnFunctionError: true,
        maximumRetryAttempts: -1,
        maximumRecordAgeInSeconds: -1,
        reportBatchItemFailures: true,
        startingPosition: 'TRIM_HORIZON',
        ...settings,
      },
      invoke: async (payload) => {
        const { Records } = JSON.parse(payload);
        batches.push(Records);
        return { ...(await invoke(Records)), requestId: 'r' };
      },
      onSettled: (records) =>
        settled.push(...records.map(({ kinesis: { data } }) => Buffer.from(data, 'base64').toString())),
      onFailure: async () => {},
      onProblem: (message) => problems.push(message),
      poll: { baseMs: 2, capMs: 20 },
      now: Date.now,
      random: () => 0,
      sleep: (ms, signal) => delay(ms, undefined, { signal }).catch(() => undefined),
    });
  };
  const numbers = (count: number) => Array.from({ length: count }, (_, index) => String(index));

  it('delivers records as Lambda does, in batches of the size of the template', async () => {
    stream = await services.createStream();
    await put(250);
    start();
    await until(() => settled.length === 250);
    expect(settled).to.deep.equal(numbers(250));
    expect(Math.max(...batches.map(({ length }) => length))).to.equal(100);
    const [record] = batches[0]!;
    expect(record?.kinesis.sequenceNumber).to.match(/^\d{56}$/);
    expect(record?.kinesis.approximateArrivalTimestamp).to.be.closeTo(Date.now() / 1000, 60);
    expect(record).to.deep.include({
      eventID: `shardId-000000000000:${record?.kinesis.sequenceNumber}`,
      eventSource: 'aws:kinesis',
      eventName: 'aws:kinesis:record',
      eventVersion: '1.0',
      awsRegion: 'us-east-1',
      eventSourceARN: `arn:aws:kinesis:us-east-1:000000000000:stream/${stream}`,
    });
  });

  it('goes on with what comes later', async () => {
    stream = await services.createStream();
    start();
    await delay(50);
    await put(3);
    await until(() => settled.length === 3);
    await put(2, 2, 3);
    await until(() => settled.length === 5);
    expect(settled).to.deep.equal(numbers(5));
  });

  it('waits as long as its window for a batch to fill', async () => {
    stream = await services.createStream();
    start({ maximumBatchingWindowInSeconds: 0.4, batchSize: 10 });
    await put(4);
    await delay(100);
    await put(4, 4, 4);
    await until(() => settled.length === 8);
    expect(batches.map(({ length }) => length)).to.deep.equal([8]);
  });

  it('does not wait for its window once a batch is full', async () => {
    stream = await services.createStream();
    await put(21);
    start({ maximumBatchingWindowInSeconds: 300, batchSize: 10 });
    await until(() => settled.length === 20);
    expect(batches.map(({ length }) => length)).to.deep.equal([10, 10]);
  });

  it('puts no more into an invocation than 6 MB', async () => {
    stream = await services.createStream();
    const Data = Buffer.alloc(1_000_000, 120);
    for (let n = 0; n < 3; n += 1)
      await services.kinesis.send(
        new PutRecordsCommand({
          StreamName: stream,
          Records: Array.from({ length: 4 }, (_, i) => ({ PartitionKey: `${i}`, Data })),
        }),
      );
    start();
    await until(() => settled.length === 12);
    for (const batch of batches) expect(JSON.stringify({ Records: batch }).length).to.be.at.most(6 * 1024 * 1024);
    expect(batches).to.have.length.within(3, 12);
  });

  it('reads its shards side by side', async () => {
    stream = await services.createStream(4);
    await put(400);
    const busy = new Set<string>();
    let most = 0;
    start({}, async ([first]) => {
      const shard = first!.eventID.split(':')[0]!;
      expect(busy.has(shard), 'two batches of one shard at once').to.equal(false);
      busy.add(shard);
      most = Math.max(most, busy.size);
      await delay(20);
      busy.delete(shard);
      return OK;
    });
    await until(() => settled.length === 400);
    expect(most).to.be.above(1);
    expect(settled).to.have.members(numbers(400));
  });

  it('has several batches of a shard under way, and the records of one key in order', async () => {
    stream = await services.createStream();
    await put(600, 12);
    let running = 0;
    let most = 0;
    start({ parallelizationFactor: 4, batchSize: 25 }, async () => {
      running += 1;
      most = Math.max(most, running);
      await delay(5);
      running -= 1;
      return OK;
    });
    await until(() => settled.length === 600);
    expect(most).to.be.within(2, 4);
    for (let key = 0; key < 12; key += 1) {
      const ofKey = settled.map(Number).filter((value) => value % 12 === key);
      expect(ofKey).to.deep.equal(ofKey.toSorted((a, b) => a - b));
      expect(ofKey).to.have.length(50);
    }
  });

  it('goes on at the lowest record that the function reported', async () => {
    stream = await services.createStream();
    await put(10);
    let failures = 0;
    start({}, (records) => {
      if (records.length < 4 || failures === 3) return OK;
      failures += 1;
      return {
        payload: JSON.stringify({ batchItemFailures: [{ itemIdentifier: records[3]!.kinesis.sequenceNumber }] }),
      };
    });
    await until(() => settled.length === 10);
    const first = batches.map(([record]) => Number(Buffer.from(record!.kinesis.data, 'base64').toString()));
    expect(first).to.deep.equal([0, 3, 6, 9]);
    expect(settled).to.deep.equal(numbers(10));
  });

  it('reads the shards that a split made after the shard they came from', async () => {
    stream = await services.createStream();
    await put(100, 10);
    await services.kinesis.send(
      new SplitShardCommand({
        StreamName: stream,
        ShardToSplit: 'shardId-000000000000',
        NewStartingHashKey: String(2n ** 127n),
      }),
    );
    await put(100, 10, 100);
    start({ batchSize: 10 }, async () => {
      await delay(2);
      return OK;
    });
    await until(() => settled.length === 200);
    expect(settled.slice(0, 100)).to.deep.equal(numbers(100));
    expect(settled).to.have.members(numbers(200));
  });

  it('survives a Kinesis that fails and breaks connections, and loses and repeats nothing', async () => {
    stream = await services.createStream();
    await put(1_000);
    const proxy = await startFaultProxy(services.endpoints.kinesis, (_, index) => {
      if (index % 3 === 0) return { kind: 'error', status: 500, type: 'InternalFailure' };
      if (index % 3 === 1 && index % 2 === 0) return { kind: 'reset', when: 'after' };
      return undefined;
    });
    const kinesis = localKinesis(proxy.endpoint);
    start({}, () => OK, kinesis);
    await until(() => settled.length === 1_000);
    await mapping?.close();
    expect(settled).to.deep.equal(numbers(1_000));
    expect(problems.join()).to.contain('InternalFailure');
    kinesis.destroy();
    await proxy.close();
  });

  it('ends while it delivers, and settles only what was delivered', async () => {
    stream = await services.createStream();
    await put(300);
    start({}, async () => {
      void mapping?.close();
      await delay(20);
      return OK;
    });
    await until(() => batches.length === 1);
    await mapping?.close();
    expect(settled).to.deep.equal(numbers(100));
    expect(batches).to.have.length(1);
  });
});
