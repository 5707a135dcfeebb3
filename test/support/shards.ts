import {
  GetRecordsCommand,
  GetShardIteratorCommand,
  type KinesisClient,
  ListShardsCommand,
} from '@aws-sdk/client-kinesis';

export interface PutRecord {
  partitionKey: string;
  data: string;
}

/** Everything that lies on a stream, shard by shard, each in the order of its sequence numbers. */
export const readStream = async (kinesis: KinesisClient, StreamName: string): Promise<PutRecord[]> => {
  const { Shards = [] } = await kinesis.send(new ListShardsCommand({ StreamName }));
  const records: PutRecord[] = [];
  for (const { ShardId } of Shards) {
    let { ShardIterator } = await kinesis.send(
      new GetShardIteratorCommand({ StreamName, ShardId, ShardIteratorType: 'TRIM_HORIZON' }),
    );
    while (ShardIterator) {
      const { Records = [], NextShardIterator } = await kinesis.send(new GetRecordsCommand({ ShardIterator }));
      for (const { PartitionKey, Data } of Records)
        records.push({ partitionKey: PartitionKey!, data: Buffer.from(Data!).toString() });
      ShardIterator = Records.length > 0 ? NextShardIterator : undefined;
    }
  }
  return records;
};
