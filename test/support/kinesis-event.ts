import type { KinesisStreamEvent, KinesisStreamRecord } from 'aws-lambda';
import type { ReadRecord } from '../../local/mapping/stream-record.ts';
import { bytes } from './events.ts';

export const STREAM_ARN = 'arn:aws:kinesis:us-east-1:123456789012:stream/local-EventStream';

/** The sequence number of the n-th record: 56 digits, as Kinesis has them. */
export const sequenceNumber = (index: number): string =>
  (49_590_338_271_490_256_608_559_692_538_361_571_095_921_575_989_136_588_898n + BigInt(index)).toString();

/** A record as Lambda delivers it, its data in base64. */
export const record = (value: unknown, index = 0): KinesisStreamRecord => ({
  kinesis: {
    kinesisSchemaVersion: '1.0',
    partitionKey: `key-${index}`,
    sequenceNumber: sequenceNumber(index),
    data: (value instanceof Uint8Array ? Buffer.from(value) : bytes(value)).toString('base64'),
    approximateArrivalTimestamp: 1_795_178_096.123,
  },
  eventSource: 'aws:kinesis',
  eventVersion: '1.0',
  eventID: `shardId-000000000000:${sequenceNumber(index)}`,
  eventName: 'aws:kinesis:record',
  invokeIdentityArn: 'arn:aws:iam::123456789012:role/local',
  awsRegion: 'us-east-1',
  eventSourceARN: STREAM_ARN,
});

/** The event of one invocation. */
export const kinesisEvent = (values: readonly unknown[]): KinesisStreamEvent => ({
  Records: values.map((value, index) => record(value, index)),
});

/** The record as the local mapping holds it. */
export const asRead = (event: KinesisStreamRecord): ReadRecord => ({
  shardId: event.eventID.split(':')[0]!,
  position: event.kinesis.sequenceNumber,
  sequenceNumber: event.kinesis.sequenceNumber,
  partitionKey: event.kinesis.partitionKey,
  arrivedAt: event.kinesis.approximateArrivalTimestamp * 1000,
  event,
  bytes: JSON.stringify(event).length,
});
