import { GetRecordsCommand, GetShardIteratorCommand, PutRecordCommand } from '@aws-sdk/client-kinesis';
import { expect } from 'chai';
import { TestServices } from '../../support/emulators.ts';
import { nextMillisecond } from '../../support/next-millisecond.ts';

describe('the iterator of a shard at a time', () => {
  const services = new TestServices();
  let StreamName: string;

  before(() => services.start());
  beforeEach(async () => {
    StreamName = await services.createStream(2);
  });
  after(() => services.stop());

  const put = (data: string, ExplicitHashKey = '1') =>
    services.kinesis.send(
      new PutRecordCommand({ StreamName, PartitionKey: 'a', ExplicitHashKey, Data: Buffer.from(data) }),
    );

  const iteratorAt = async (Timestamp: Date, ShardId = 'shardId-000000000000'): Promise<string> => {
    const command = { StreamName, ShardId, ShardIteratorType: 'AT_TIMESTAMP', Timestamp } as const;
    return (await services.kinesis.send(new GetShardIteratorCommand(command))).ShardIterator!;
  };

  const read = async (ShardIterator: string) => {
    const { Records, NextShardIterator } = await services.kinesis.send(new GetRecordsCommand({ ShardIterator }));
    return { records: Records!.map(({ Data }) => Buffer.from(Data!).toString()), next: NextShardIterator! };
  };

  it('is before the first record that is as new', async () => {
    const before = new Date();
    await put('1');
    expect((await read(await iteratorAt(before))).records).to.deep.equal(['1']);
  });

  it('is behind the last record where none is, and gives the next one', async () => {
    await put('old');
    const since = await nextMillisecond();
    // Kinesis refuses a time to come, and rounds.
    await nextMillisecond();
    const iterator = await iteratorAt(new Date(since));
    const { records, next } = await read(iterator);
    expect(records).to.deep.equal([]);
    await put('new');
    for (const place of [iterator, next]) expect((await read(place)).records).to.deep.equal(['new']);
  });

  it('is at the start of a shard without records', async () => {
    const iterator = await iteratorAt(new Date(0), 'shardId-000000000001');
    const { records, next } = await read(iterator);
    expect(records).to.deep.equal([]);
    await put('first', String(2n ** 127n));
    for (const place of [iterator, next]) expect((await read(place)).records).to.deep.equal(['first']);
  });
});
