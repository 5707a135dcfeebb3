import { GetRecordsCommand, GetShardIteratorCommand, type KinesisClient } from '@aws-sdk/client-kinesis';
import { listShards } from '../../aws/kinesis.ts';

export interface PutRecord {
  partitionKey: string;
  data: string;
}

/** A record where it lies. */
export interface StreamRecord {
  shardId: string;
  sequenceNumber: string;
  partitionKey: string;
  data: Uint8Array;
}

/** Everything that lies on a stream, shard by shard, each in the order of its sequence numbers. */
export const readRecords = async (kinesis: KinesisClient, StreamName: string): Promise<StreamRecord[]> => {
  const records: StreamRecord[] = [];
  for (const { ShardId } of await listShards(StreamName, (page) => kinesis.send(page))) {
    let { ShardIterator } = await kinesis.send(
      new GetShardIteratorCommand({ StreamName, ShardId, ShardIteratorType: 'TRIM_HORIZON' }),
    );
    while (ShardIterator) {
      const { Records = [], NextShardIterator } = await kinesis.send(new GetRecordsCommand({ ShardIterator }));
      for (const { PartitionKey, Data, SequenceNumber } of Records)
        records.push({
          shardId: ShardId!,
          sequenceNumber: SequenceNumber!,
          partitionKey: PartitionKey!,
          data: Data!,
        });
      ShardIterator = Records.length > 0 ? NextShardIterator : undefined;
    }
  }
  return records;
};

/** The same, as texts. */
export const readStream = async (kinesis: KinesisClient, stream: string): Promise<PutRecord[]> =>
  (await readRecords(kinesis, stream)).map(({ partitionKey, data }) => ({
    partitionKey,
    data: Buffer.from(data).toString(),
  }));
