import { gzipSync } from 'node:zlib';
import { marshall } from '@aws-sdk/util-dynamodb';
import { ITEM_BYTES, KB } from '../../core/limits.ts';
import { arrivedAt, dataOf, type Origin, type Rejection } from './decode-record.ts';
import type { Table } from './table.ts';
import { toWireItem } from './wire-value.ts';

export interface RejectedRecord extends Origin {
  rejection: Rejection;
  /** When it was rejected, ISO 8601. */
  rejectedAt: string;
}

/**
 * Its Id in RejectedEvents, which is the same whenever it is delivered again: Lambda's eventID, `shard:sequence number`, and
 * behind another colon its place where the record holds several events. Neither shards nor numbers have a colon.
 */
export const idOf = ({ record, userRecord }: Origin): string =>
  userRecord ? `${record.eventID}:${userRecord.index}` : record.eventID;

/** RejectedEvents: what no retry can mend, whole, so that it can be put back on the stream once the cause is mended. */
export const rejectedEventsTable = (name: string): Table<RejectedRecord> => ({
  name,
  key: ['Id'],
  toItem: ({ rejection, rejectedAt, ...origin }) => {
    const { record, userRecord } = origin;
    const { kinesis } = record;
    const { partitionKey, data } = userRecord ?? { partitionKey: kinesis.partitionKey, data: dataOf(kinesis) };
    const item = marshall(
      {
        Id: idOf(origin),
        Reason: rejection.reason,
        Detail: rejection.detail,
        PartitionKey: partitionKey,
        ArrivedAt: arrivedAt(kinesis).toISOString(),
        RejectedAt: rejectedAt,
        StreamArn: record.eventSourceARN,
        SequenceNumber: kinesis.sequenceNumber,
        UserRecord: userRecord?.index,
        ...payloadOf(data),
      },
      // Most events are a record of their own, and streams that distribute records evenly may deliver them without a key.
      { removeUndefinedValues: true },
    );
    return toWireItem(item);
  },
});

/** Where the bytes lie: as they are, compressed, or, where they fit no item, only on the stream until they expire there. */
type Payload =
  | { Bytes: number; Encoding: 'identity' | 'gzip'; Data: Uint8Array }
  | { Bytes: number; Encoding: 'stream' };

/** Bytes from which compressing is worth its time: a write unit of DynamoDB is 1 KB. */
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
