import type { _Record as StreamRecord } from '@aws-sdk/client-kinesis';
import type { KinesisStreamRecord } from 'aws-lambda';

/** Where a record comes from. */
export interface RecordOrigin {
  region: string;
  shardId: string;
  streamArn: string;
}

/** A record of a stream as a function gets it. */
export const toLambdaRecord = (
  { Data, PartitionKey, SequenceNumber, ApproximateArrivalTimestamp }: StreamRecord,
  { region, shardId, streamArn }: RecordOrigin,
): KinesisStreamRecord => ({
  kinesis: {
    kinesisSchemaVersion: '1.0',
    partitionKey: PartitionKey!,
    sequenceNumber: SequenceNumber!,
    data: Buffer.from(Data!).toString('base64'),
    approximateArrivalTimestamp: ApproximateArrivalTimestamp!.getTime() / 1000,
  },
  eventSource: 'aws:kinesis',
  eventVersion: '1.0',
  eventID: `${shardId}:${SequenceNumber}`,
  eventName: 'aws:kinesis:record',
  invokeIdentityArn: 'arn:aws:iam::000000000000:role/local',
  awsRegion: region,
  eventSourceARN: streamArn,
});

/** A record with the longest sequence number and arrival time, and without data and key. */
const EMPTY: StreamRecord = {
  Data: new Uint8Array(),
  PartitionKey: '',
  SequenceNumber: '0'.repeat(56),
  ApproximateArrivalTimestamp: new Date(1_111_111_111_111),
};

/** Measures the bytes that a record takes in the event of an invocation, the comma after it included. */
export const sizeOfRecords = (origin: RecordOrigin): ((record: KinesisStreamRecord) => number) => {
  const envelopeBytes = JSON.stringify(toLambdaRecord(EMPTY, origin)).length + ','.length;
  return ({ kinesis }) => envelopeBytes + kinesis.data.length + jsonBytes(kinesis.partitionKey);
};

/** Bytes of a text in JSON, without its quotes. */
const jsonBytes = (text: string): number =>
  /^[ !#-[\]-~]*$/.test(text) ? text.length : Buffer.byteLength(JSON.stringify(text)) - 2;
