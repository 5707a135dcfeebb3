import type { KinesisStreamRecord } from 'aws-lambda';

/** Records that the mapping gives up. */
export interface FailedBatch {
  condition: 'RetryAttemptsExhausted' | 'RecordAgeExceeded';
  /** In their order, at least one. */
  records: readonly KinesisStreamRecord[];
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
  KinesisBatchInfo: {
    shardId: string;
    startSequenceNumber: string;
    endSequenceNumber: string;
    approximateArrivalOfFirstRecord: string;
    approximateArrivalOfLastRecord: string;
    batchSize: number;
    streamArn: string;
  };
  payload: { Records: readonly KinesisStreamRecord[] };
}

/**
 * The object that Lambda puts into the bucket for a batch that it gives up, and its key.
 * https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html
 */
export const failedBatchObject = (
  { condition, records, approximateInvokeCount, functionError, requestId }: FailedBatch,
  { mappingId, functionArn, streamArn, now, uuid }: FailedBatchContext,
): { key: string; object: FailedBatchObject } => {
  const [first, last] = [records[0]!, records.at(-1)!];
  const [shardId = ''] = first.eventID.split(':');
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
      KinesisBatchInfo: {
        shardId,
        startSequenceNumber: first.kinesis.sequenceNumber,
        endSequenceNumber: last.kinesis.sequenceNumber,
        approximateArrivalOfFirstRecord: arrivalOf(first),
        approximateArrivalOfLastRecord: arrivalOf(last),
        batchSize: records.length,
        streamArn,
      },
      payload: { Records: records },
    },
  };
};

const arrivalOf = ({ kinesis }: KinesisStreamRecord): string =>
  new Date(Math.round(kinesis.approximateArrivalTimestamp * 1000)).toISOString();
