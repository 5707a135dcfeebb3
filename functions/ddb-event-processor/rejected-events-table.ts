import { gzipSync } from 'node:zlib';
import { toItem } from '../../aws/wire-value.ts';
import { ITEM_BYTES, KB } from '../../core/limits.ts';
import { arrivedAt, dataOf, type Origin, type Rejection } from './decode-record.ts';
import type { Table } from './table.ts';

export interface RejectedRecord extends Origin {
  rejection: Rejection;
  /** When it was rejected, ISO 8601. */
  rejectedAt: string;
}

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
      Detail: rejection.detail,
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

/** Where the bytes lie: in the row as they are or compressed; where they fit no row, only on the stream until they expire. */
type Payload =
  | { Bytes: number; Encoding: 'identity' | 'gzip'; Data: Uint8Array }
  | { Bytes: number; Encoding: 'stream' };

/** Payloads of so many bytes and more are compressed: a write unit of DynamoDB is 1 KB. */
const LARGE = 4 * 1024;

/** Bytes of payload for which an item has room next to the other attributes. */
const MAX_PAYLOAD = ITEM_BYTES - 16 * KB;

const payloadOf = (data: Uint8Array): Payload => {
  const Bytes = data.length;
  if (Bytes < LARGE) return { Bytes, Encoding: 'identity', Data: data };
  const compressed = gzipSync(data);
  if (compressed.length < Bytes && compressed.length <= MAX_PAYLOAD)
    return { Bytes, Encoding: 'gzip', Data: compressed };
  return Bytes <= MAX_PAYLOAD ? { Bytes, Encoding: 'identity', Data: data } : { Bytes, Encoding: 'stream' };
};
