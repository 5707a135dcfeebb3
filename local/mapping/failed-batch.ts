import { type ReadRecord, sourceOf } from './stream-record.ts';

/** Records that the mapping gives up. */
export interface FailedBatch {
  condition: 'RetryAttemptsExhausted' | 'RecordAgeExceeded';
  /** In their order, at least one. */
  records: readonly ReadRecord[];
  /** How often the function was invoked with them. */
  approximateInvokeCount: number;
  /** Null where the function answered, but reported failures. */
  functionError: string | null;
  /** Of the last invocation. Absent where there was none. */
  requestId?: string;
}

/** Keeps a batch that is given up. Rejects where it cannot be kept now, and is called again. */
export type KeepFailedBatch = (batch: FailedBatch) => Promise<void>;

export interface FailedBatchContext {
  /** UUID of the event source mapping. */
  mappingId: string;
  functionArn: string;
  streamArn: string;
  now: Date;
  /** One for each batch: the end of its key, and the id of its request where the function never saw it. */
  uuid: string;
}

/**
 * The object that Lambda puts into the bucket for a batch that it gives up, and its key.
 * https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html
 * https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html
 */
export const failedBatchObject = (
  { condition, records, approximateInvokeCount, functionError, requestId }: FailedBatch,
  { mappingId, functionArn, streamArn, now, uuid }: FailedBatchContext,
) => {
  const [first, last] = [records[0]!, records.at(-1)!];
  const { shardId } = first;
  const info = {
    shardId,
    startSequenceNumber: first.sequenceNumber,
    endSequenceNumber: last.sequenceNumber,
    approximateArrivalOfFirstRecord: new Date(first.arrivedAt).toISOString(),
    approximateArrivalOfLastRecord: new Date(last.arrivedAt).toISOString(),
    batchSize: records.length,
    streamArn,
  };
  const { kind } = sourceOf(streamArn);
  const timestamp = now.toISOString();
  const [day = ''] = timestamp.split('T');
  const second = timestamp.slice(0, 19).replaceAll(':', '.');
  return {
    key: `aws/lambda/${mappingId}/${shardId}/${day.replaceAll('-', '/')}/${second}-${uuid}`,
    object: {
      requestContext: { requestId: requestId ?? uuid, functionArn, condition, approximateInvokeCount },
      // Where records grew too old the function has not answered.
      ...(condition !== 'RecordAgeExceeded' && {
        responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError },
      }),
      version: '1.0',
      timestamp,
      ...(kind === 'Kinesis' && { KinesisBatchInfo: info }),
      ...(kind === 'DynamoDB' && { DDBStreamBatchInfo: info }),
      payload: { Records: records.map(({ event }) => event) },
    },
  };
};

export type FailedBatchObject = ReturnType<typeof failedBatchObject>['object'];
