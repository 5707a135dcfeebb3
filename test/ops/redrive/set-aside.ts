import type { KinesisStreamRecord } from 'aws-lambda';
import { systemClock } from '../../../aws/system-clock.ts';
import type { Reason } from '../../../core/invalid-event.ts';
import type { Origin } from '../../../functions/ddb-event-processor/decode-record.ts';
import { putRows } from '../../../functions/ddb-event-processor/put-rows.ts';
import {
  idOf,
  type RejectedRecord,
  rejectedEventsTable,
} from '../../../functions/ddb-event-processor/rejected-events-table.ts';
import type { TestServices } from '../../support/emulators.ts';
import { record } from '../../support/kinesis-event.ts';
import { readRecords } from '../../support/shards.ts';

/** Builders of what the function and Lambda set aside, by the function's own code where there is any. */

export const LONG_AGO = '2026-11-20T12:00:00.000Z';

export interface Rejected {
  /** Of the record. */
  data: Uint8Array;
  /** Which of its events, where it holds several. */
  userRecord?: NonNullable<Origin['userRecord']>;
  reason?: Reason;
  rejectedAt?: string;
  record?: Partial<KinesisStreamRecord>;
  kinesis?: Partial<KinesisStreamRecord['kinesis']>;
}

/** Writes rejected events as the function does. @returns their Ids */
export const reject = async (services: TestServices, table: string, events: readonly Rejected[]): Promise<string[]> => {
  const rows = events.map((event, index): RejectedRecord => {
    const whole = record(event.data, index);
    return {
      record: { ...whole, ...event.record, kinesis: { ...whole.kinesis, ...event.kinesis } },
      ...(event.userRecord ? { userRecord: event.userRecord } : {}),
      rejection: { reason: event.reason ?? 'NotJson', detail: 'not JSON: the text ends too early' },
      rejectedAt: event.rejectedAt ?? LONG_AGO,
    };
  });
  const put = putRows(services.dynamoDb, rejectedEventsTable(table), {
    backoff: { baseMs: 1, capMs: 5 },
    concurrency: 4,
    clock: systemClock,
  });
  const { unwritten, refused } = await put(rows, { signal: new AbortController().signal, isOver: () => false });
  if (unwritten.length + refused.length > 0) throw new Error('the table did not take what a test rejects');
  return rows.map(idOf);
};

/** The key of a failed batch, as Lambda makes it. */
export const keyOf = (index: number, shard = 0): string =>
  `aws/lambda/6f2d0b0e-0b8e-4a4c-9f67-0a8e4d3c2b1a/shardId-00000000000${shard}/2026/11/20/2026-11-20T12.00.${String(index).padStart(2, '0')}-8b1f`;

/** The object that Lambda leaves of a failed batch. */
export const failedBatch = (
  values: readonly Uint8Array[],
  { condition = 'RetryAttemptsExhausted', timestamp = LONG_AGO, asText = false } = {},
): Buffer => {
  const payload = { Records: values.map((value, index) => record(value, index)) };
  return Buffer.from(
    JSON.stringify({
      requestContext: {
        requestId: 'c9b8fa9f-5a7f-xmpl-af9c-0c604cde93a5',
        functionArn: 'arn:aws:lambda:us-east-1:123456789012:function:DDBEventProcessor:$LATEST',
        condition,
        approximateInvokeCount: 11,
      },
      responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
      version: '1.0',
      timestamp,
      KinesisBatchInfo: {
        shardId: 'shardId-000000000000',
        startSequenceNumber: payload.Records[0]?.kinesis.sequenceNumber,
        endSequenceNumber: payload.Records.at(-1)?.kinesis.sequenceNumber,
        approximateArrivalOfFirstRecord: '2026-11-20T11:59:00Z',
        approximateArrivalOfLastRecord: '2026-11-20T11:59:01Z',
        batchSize: values.length,
        streamArn: 'arn:aws:kinesis:us-east-1:123456789012:stream/local-EventStream',
      },
      payload: asText ? JSON.stringify(payload) : payload,
    }),
  );
};

/** Everything on a stream, its bytes in base64: a text would hide a byte that is not UTF-8. */
export const bytesOnStream = async (
  { kinesis }: TestServices,
  StreamName: string,
): Promise<{ partitionKey: string; base64: string; shardId: string; sequenceNumber: string }[]> => {
  const records = await readRecords(kinesis, StreamName);
  return records.map(({ data, ...record }) => ({ ...record, base64: Buffer.from(data).toString('base64') }));
};
