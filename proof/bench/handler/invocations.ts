import type { KinesisStreamEvent, KinesisStreamRecord } from 'aws-lambda';
import { inBatches } from '../../../core/batch.ts';
import { INVOCATION_BYTES } from '../../../core/limits.ts';
import type { SourceEvent } from '../../../core/source-event.ts';

const FIRST_SEQUENCE_NUMBER = 49_590_338_271_490_256_608_559_692_538_361_571_095_921_575_989_136_588_898n;
/** Of a record, beside its data: about as many bytes as its envelope has. */
const ENVELOPE = 600;
const STREAM_ARN = 'arn:aws:kinesis:us-east-1:000000000000:stream/bench-stream';

/** The invocations that Lambda would make of the events: base64, envelope and all, at most so many records in each. */
export const invocationsOf = (events: readonly SourceEvent[], batchSize: number): KinesisStreamEvent[] => {
  const records = events.map(recordOf);
  const limits = { maxItems: batchSize, maxBytes: INVOCATION_BYTES };
  return [...inBatches(records, limits, ({ kinesis }) => kinesis.data.length + ENVELOPE)].map((Records) => ({
    Records,
  }));
};

/** https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html */
const recordOf = ({ partitionKey, data }: SourceEvent, index: number): KinesisStreamRecord => {
  const sequenceNumber = (FIRST_SEQUENCE_NUMBER + BigInt(index)).toString();
  return {
    kinesis: {
      kinesisSchemaVersion: '1.0',
      partitionKey,
      sequenceNumber,
      data: Buffer.from(data).toString('base64'),
      approximateArrivalTimestamp: 1_795_178_096.123,
    },
    eventSource: 'aws:kinesis',
    eventVersion: '1.0',
    eventID: `shardId-000000000000:${sequenceNumber}`,
    eventName: 'aws:kinesis:record',
    invokeIdentityArn: 'arn:aws:iam::000000000000:role/bench',
    awsRegion: 'us-east-1',
    eventSourceARN: STREAM_ARN,
  };
};
