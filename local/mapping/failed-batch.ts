import { type LambdaRecord, type ReadRecord, sourceOf } from './stream-record.ts';

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

/** An object as Lambda puts it into the bucket of a mapping's on-failure destination. */
export interface FailedBatchObject {
  requestContext: {
    requestId: string;
    functionArn: string;
    condition: FailedBatch['condition'];
    approximateInvokeCount: number;
  };
  /** Absent where the records grew too old. */
  responseContext?: { statusCode: number; executedVersion: string; functionError: string | null };
  version: '1.0';
  timestamp: string;
  /** Of a batch of a stream. */
  KinesisBatchInfo?: BatchInfo;
  /** Of a batch of the change stream of a table. */
  DDBStreamBatchInfo?: BatchInfo;
  payload: { Records: readonly LambdaRecord[] };
}

interface BatchInfo {
  shardId: string;
  startSequenceNumber: string;
  endSequenceNumber: string;
  approximateArrivalOfFirstRecord: string;
  approximateArrivalOfLastRecord: string;
  batchSize: number;
  streamArn: string;
}

/**
 * The object that Lambda puts into the bucket for a batch that it gives up, and its key.
 * https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html
 * https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html
 */
export const failedBatchObject = (
  { condition, records, approximateInvokeCount, functionError, requestId }: FailedBatch,
  { mappingId, functionArn, streamArn, now, uuid }: FailedBatchContext,
): { key: string; object: FailedBatchObject } => {
  const [first, last] = [records[0]!, records.at(-1)!];
  const { shardId } = first;
  const info: BatchInfo = {
    shardId,
    startSequenceNumber: first.sequenceNumber,
    endSequenceNumber: last.sequenceNumber,
    approximateArrivalOfFirstRecord: new Date(first.arrivedAt).toISOString(),
    approximateArrivalOfLastRecord: new Date(last.arrivedAt).toISOString(),
    batchSize: records.length,
    streamArn,
  };
  const timestamp = now.toISOString();
  const [day = ''] = timestamp.split('T');
  const second = timestamp.slice(0, 19).replaceAll(':', '.');
  return {
    key: `aws/lambda/${mappingId}/${shardId}/${day.replaceAll('-', '/')}/${second}-${uuid}`,
    object: {
      requestContext: { requestId: requestId ?? uuid, functionArn, condition, approximateInvokeCount },
      ...(condition === 'RecordAgeExceeded'
        ? {}
        : { responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError } }),
      version: '1.0',
      timestamp,
      ...(sourceOf(streamArn).kind === 'Kinesis' ? { KinesisBatchInfo: info } : { DDBStreamBatchInfo: info }),
      payload: { Records: records.map(({ event }) => event) },
    },
  };
};
