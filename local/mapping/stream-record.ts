import type { KinesisStreamRecord } from 'aws-lambda';
import type { ChangeRecord } from '../emulators/change-record.ts';
import { changeStreamName } from '../emulators/change-stream.ts';

/** A record as a function gets it: of a stream, or of the change stream of a table. */
export type LambdaRecord = KinesisStreamRecord | ChangeRecord;

/** A record as GetRecords gives it over the wire. */
export interface WireRecord {
  SequenceNumber: string;
  PartitionKey: string;
  /** Base64, as a function gets it. */
  Data: string;
  /** Seconds since 1970. */
  ApproximateArrivalTimestamp: number;
}

/** A record that was read from its shard. */
export interface ReadRecord {
  shardId: string;
  /** Its sequence number on the stream that was read. Checkpoints hold it. */
  position: string;
  /** By which the function names it. Of a change it is DynamoDB's, and not its position. */
  sequenceNumber: string;
  /** Records of the same key stay in order. */
  partitionKey: string;
  /** Milliseconds since 1970. */
  arrivedAt: number;
  event: LambdaRecord;
  /** What it takes in an invocation, with the comma after it. */
  bytes: number;
}

/** What a mapping reads. */
export interface StreamSource {
  kind: 'Kinesis' | 'DynamoDB';
  /** The stream on the local Kinesis. */
  streamName: string;
}

/** @param streamArn of a stream, or of the change stream of a table @throws where it is of neither */
export const sourceOf = (streamArn: string): StreamSource => {
  const [, stream, table] =
    /^arn:[\w-]+:(?:kinesis:[^:]*:[^:]*:stream\/([^/]+)|dynamodb:[^:]*:[^:]*:table\/([^/]+)\/stream\/[^/]+)$/.exec(
      streamArn,
    ) ?? [];
  if (stream !== undefined) return { kind: 'Kinesis', streamName: stream };
  if (table !== undefined) return { kind: 'DynamoDB', streamName: changeStreamName(table) };
  throw new Error(`${streamArn} is not the ARN of a Kinesis stream or of the change stream of a table`);
};

/** Where a record comes from. */
export interface RecordOrigin {
  region: string;
  shardId: string;
  streamArn: string;
}

/** Reads the records of one shard as a function gets them. */
export const recordReader = (origin: RecordOrigin): ((record: WireRecord) => ReadRecord) => {
  const { shardId } = origin;
  const envelopeBytes = JSON.stringify(toKinesisEvent(EMPTY, origin)).length + ','.length;
  const isOfTable = sourceOf(origin.streamArn).kind === 'DynamoDB';
  return (record) => {
    const read = {
      shardId,
      position: record.SequenceNumber,
      sequenceNumber: record.SequenceNumber,
      partitionKey: record.PartitionKey,
      arrivedAt: Math.round(record.ApproximateArrivalTimestamp * 1000),
    };
    if (isOfTable) {
      // What lies on the stream is the record that the function gets.
      const data = bytesOf(record);
      const event: ChangeRecord = JSON.parse(data.toString());
      const bytes = data.length + ','.length;
      return { ...read, sequenceNumber: event.dynamodb.SequenceNumber, event, bytes };
    }
    const event = toKinesisEvent(record, origin);
    const bytes = envelopeBytes + event.kinesis.data.length + jsonBytes(event.kinesis.partitionKey);
    return { ...read, event, bytes };
  };
};

/** What lies on the stream. */
export const bytesOf = ({ Data }: WireRecord): Buffer => Buffer.from(Data, 'base64');

const toKinesisEvent = (
  { Data, PartitionKey, SequenceNumber, ApproximateArrivalTimestamp }: WireRecord,
  { region, shardId, streamArn }: RecordOrigin,
): KinesisStreamRecord => ({
  kinesis: {
    kinesisSchemaVersion: '1.0',
    partitionKey: PartitionKey,
    sequenceNumber: SequenceNumber,
    data: Data,
    approximateArrivalTimestamp: ApproximateArrivalTimestamp,
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
const EMPTY: WireRecord = {
  Data: '',
  PartitionKey: '',
  SequenceNumber: '0'.repeat(56),
  ApproximateArrivalTimestamp: 1_111_111_111.111,
};

/** Bytes of a text in JSON, without its quotes. */
const jsonBytes = (text: string): number =>
  /^[ !#-[\]-~]*$/.test(text) ? text.length : Buffer.byteLength(JSON.stringify(text)) - 2;
