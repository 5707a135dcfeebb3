import { toItem } from '../../aws/wire-value.ts';
import type { Rejection } from '../../core/invalid-event.ts';
import { arrivedAt, dataOf, type Origin } from './decode-record.ts';
import { payloadOf } from './rejected-payload.ts';
import type { Table } from './table.ts';

export interface RejectedRecord extends Origin {
  rejection: Rejection;
  /** When it was rejected, ISO 8601. */
  rejectedAt: string;
}

/**
 * Characters of a Detail. A processor may write anything into it, and a row that DynamoDB refuses would hold up its shard: the Detail
 * has room next to the largest payload.
 */
const DETAIL_CHARACTERS = 2_000;

/**
 * Its Id in RejectedEvents: Lambda's eventID, `shard:sequence number`, and after another colon the event's place where the record
 * holds several. It is the same at each delivery. Neither shards nor numbers have a colon.
 */
export const idOf = ({ record, userRecord }: Origin): string =>
  userRecord ? `${record.eventID}:${userRecord.index}` : record.eventID;

/** RejectedEvents: whole events that no retry can store. Redrive puts them back on the stream once the cause is fixed. */
export const rejectedEventsTable = (name: string): Table<RejectedRecord> => ({
  name,
  key: ['Id'],
  toItem: ({ rejection, rejectedAt, ...origin }) => {
    const { record, userRecord } = origin;
    const { kinesis } = record;
    const { partitionKey, data } = userRecord ?? { partitionKey: kinesis.partitionKey, data: dataOf(kinesis) };
    return toItem({
      Id: idOf(origin),
      Reason: rejection.reason,
      Detail: rejection.detail.slice(0, DETAIL_CHARACTERS).toWellFormed(),
      // Streams that spread records evenly may deliver them without a key.
      PartitionKey: partitionKey,
      ArrivedAt: arrivedAt(kinesis).toISOString(),
      RejectedAt: rejectedAt,
      StreamArn: record.eventSourceARN,
      SequenceNumber: kinesis.sequenceNumber,
      UserRecord: userRecord?.index,
      ...payloadOf(data),
    });
  },
});
