import { expect } from 'chai';
import { type FailedBatch, failedBatchObject } from '../../../local/mapping/failed-batch.ts';
import { asRead, kinesisEvent, STREAM_ARN, sequenceNumber } from '../../support/kinesis-event.ts';

const UUID = '11111111-2222-4333-8444-555555555555';
const FUNCTION_ARN = 'arn:aws:lambda:us-east-1:123456789012:function:local-DDBEventProcessor';
const CONTEXT = {
  mappingId: '99999999-8888-4777-8666-555555555555',
  functionArn: FUNCTION_ARN,
  streamArn: STREAM_ARN,
  now: new Date('2026-11-21T04:05:06.789Z'),
  uuid: UUID,
};
const { Records } = kinesisEvent([{ n: 0 }, { n: 1 }, { n: 2 }]);

/** What AWS put into a bucket for such a batch. */
const BATCH_INFO = {
  shardId: 'shardId-000000000000',
  startSequenceNumber: sequenceNumber(0),
  endSequenceNumber: sequenceNumber(2),
  approximateArrivalOfFirstRecord: '2026-11-20T12:34:56.123Z',
  approximateArrivalOfLastRecord: '2026-11-20T12:34:56.123Z',
  batchSize: 3,
  streamArn: STREAM_ARN,
};
const EXHAUSTED: FailedBatch = {
  condition: 'RetryAttemptsExhausted',
  records: Records.map(asRead),
  approximateInvokeCount: 2,
  functionError: 'Unhandled',
  requestId: 'the-request',
};

describe('failedBatchObject', () => {
  it('names the object as Lambda does, by mapping, shard, day and second', () => {
    expect(failedBatchObject(EXHAUSTED, CONTEXT).key).to.equal(
      `aws/lambda/${CONTEXT.mappingId}/shardId-000000000000/2026/11/21/2026-11-21T04.05.06-${UUID}`,
    );
  });

  it('says what Lambda says of a batch that failed with an error', () => {
    expect(failedBatchObject(EXHAUSTED, CONTEXT).object).to.deep.equal({
      requestContext: {
        requestId: 'the-request',
        functionArn: FUNCTION_ARN,
        condition: 'RetryAttemptsExhausted',
        approximateInvokeCount: 2,
      },
      responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
      version: '1.0',
      timestamp: '2026-11-21T04:05:06.789Z',
      KinesisBatchInfo: BATCH_INFO,
      payload: { Records },
    });
  });

  it('has no function error where partial failures exhausted the retries, and only the remaining records', () => {
    const batch: FailedBatch = { ...EXHAUSTED, records: EXHAUSTED.records.slice(2), functionError: null };
    const { object } = failedBatchObject(batch, CONTEXT);
    expect(object.responseContext).to.deep.equal({ statusCode: 200, executedVersion: '$LATEST', functionError: null });
    expect(object.KinesisBatchInfo).to.deep.include({
      startSequenceNumber: sequenceNumber(2),
      endSequenceNumber: sequenceNumber(2),
      batchSize: 1,
    });
    expect(object.payload.Records).to.deep.equal(Records.slice(2));
  });

  it('has no response where the records grew too old, even before the first invocation', () => {
    const { object } = failedBatchObject(
      { condition: 'RecordAgeExceeded', records: EXHAUSTED.records, approximateInvokeCount: 1, functionError: null },
      CONTEXT,
    );
    expect(object).not.to.have.property('responseContext');
    expect(object.requestContext).to.deep.equal({
      requestId: UUID,
      functionArn: FUNCTION_ARN,
      condition: 'RecordAgeExceeded',
      approximateInvokeCount: 1,
    });
    expect(object.KinesisBatchInfo).to.deep.equal(BATCH_INFO);
  });
});
