import { isUtf8 } from 'node:buffer';
import { hash } from 'node:crypto';
import { PbfReader } from 'pbf';
import { EventBytes } from '../event-bytes.ts';
import { InvalidEventError } from '../invalid-event.ts';
import { PARTITION_KEY_CHARACTERS } from '../limits.ts';
import { isPartitionKey } from '../partition-key.ts';
import { decompressed } from './compression.ts';
import { type Envelope, MAX_EVENTS, MOST_BYTES, tooLarge, tooManyEvents } from './envelope.ts';
import { jsonBehindSchema } from './schema-header.ts';

/** One of the records that a producer packed into one record of the stream. */
export interface UserRecord {
  partitionKey: string;
  data: Uint8Array;
}

/**
 * The format of the Kinesis Producer Library: the magic number, a protobuf message, and the MD5 of that message.
 * https://github.com/awslabs/amazon-kinesis-producer/blob/master/aggregation-format.md
 */
export const MAGIC = Buffer.from([0xf3, 0x89, 0x9a, 0xc2]);
export const CHECKSUM_BYTES = 16;

/** Field numbers of the message AggregatedRecord. It may have explicit hash keys, too, which chose a shard and say nothing here. */
export const TABLES = { partitionKeys: 1, records: 3 };
/** Field numbers of the message Record. It may have the index of an explicit hash key, and tags. */
export const RECORD = { partitionKeyIndex: 1, data: 3 };

/** https://protobuf.dev/programming-guides/encoding/#structure */
const VARINT = 0;
export const LENGTH_DELIMITED = 2;

/**
 * The user records in the data of an aggregated record, in their order; `undefined` for other data. Their data are views, not copies.
 *
 * @throws {InvalidEventError} AggregateInvalid or TooManyEvents, and nothing else, whatever the bytes
 */
export const disaggregate = (data: Uint8Array): UserRecord[] | undefined => {
  if (!isAggregated(data)) return undefined;
  const message = messageOf(data);
  try {
    return readAggregatedRecord(new PbfReader(message));
  } catch (cause) {
    if (cause instanceof InvalidEventError) throw cause;
    throw invalid('its protobuf message cannot be read; expected the message AggregatedRecord');
  }
};

/** No UTF-8 begins with the magic number. */
const isAggregated = (data: Uint8Array): boolean =>
  data[0] === 0xf3 && data[1] === 0x89 && data[2] === 0x9a && data[3] === 0xc2;

const invalid = (detail: string): InvalidEventError =>
  new InvalidEventError('AggregateInvalid', `the aggregated record is broken: ${detail}`);

/** What lies between the magic number and the checksum that it agrees with. */
const messageOf = (data: Uint8Array): Uint8Array => {
  const end = data.length - CHECKSUM_BYTES;
  if (end < MAGIC.length)
    throw invalid(`it has ${data.length} bytes; expected at least ${MAGIC.length + CHECKSUM_BYTES}`);
  const message = data.subarray(MAGIC.length, end);
  if (!checksumOf(message).equals(data.subarray(end)))
    throw invalid('its bytes do not agree with its MD5 checksum: they were changed or cut off on their way');
  return message;
};

/** What stands behind the message: {@link CHECKSUM_BYTES} bytes. */
export const checksumOf = (message: Uint8Array): Buffer => hash('md5', message, 'buffer');

const readAggregatedRecord = (pbf: PbfReader): UserRecord[] => {
  const partitionKeys: string[] = [];
  const records: IndexedRecord[] = [];
  eachField(pbf, pbf.length, (field) => {
    // What is passed over here is skipped: other versions may have other fields.
    if (pbf.type !== LENGTH_DELIMITED) return;
    if (field === TABLES.partitionKeys) partitionKeys.push(readPartitionKey(pbf));
    else if (field === TABLES.records) records.push(readRecord(pbf));
    if (Math.max(records.length, partitionKeys.length) > MAX_EVENTS) throw tooManyEvents();
  });
  if (records.length === 0) throw invalid('it holds no user record; expected at least one');
  // Only now, since a message may have its fields in any order.
  return records.map(({ partitionKeyIndex, data }) => ({
    partitionKey: keyAt(partitionKeys, partitionKeyIndex),
    data,
  }));
};

/** A user record as it is written: its key stands in a table that all of them share. */
export interface IndexedRecord {
  partitionKeyIndex: number;
  data: Uint8Array;
}

const readRecord = (pbf: PbfReader): IndexedRecord => {
  const end = readEnd(pbf, pbf.length);
  let partitionKeyIndex: number | undefined;
  let data: Uint8Array | undefined;
  eachField(pbf, end, (field) => {
    if (pbf.type === VARINT && field === RECORD.partitionKeyIndex) partitionKeyIndex = pbf.readVarint();
    else if (pbf.type === LENGTH_DELIMITED && field === RECORD.data) data = readBytes(pbf, end);
  });
  if (partitionKeyIndex === undefined || data === undefined)
    throw invalid(`a user record has no ${data === undefined ? 'data' : 'partition_key_index'}; expected both`);
  return { partitionKeyIndex, data };
};

/** Calls `read` for each field up to `end`. A field that it does not read is skipped. */
const eachField = (pbf: PbfReader, end: number, read: (field: number) => void): void => {
  for (let field = pbf.nextField(end); field !== 0; field = pbf.nextField(end)) read(field);
  // The reader itself minds no end: what reaches beyond one is another message's, or nothing.
  if (pbf.pos !== end) throw invalid('a field of its protobuf message reaches beyond the end');
};

/** Where the field at hand ends, whose length comes first. */
const readEnd = (pbf: PbfReader, limit: number): number => {
  const length = pbf.readVarint();
  const end = pbf.pos + length;
  if (end > limit) throw invalid(`a field of its protobuf message has ${length} bytes; expected no more than are left`);
  return end;
};

const readBytes = (pbf: PbfReader, limit: number): Uint8Array => {
  const end = readEnd(pbf, limit);
  const bytes = pbf.buf.subarray(pbf.pos, end);
  pbf.pos = end;
  return bytes;
};

/** One that Kinesis itself would refuse could neither be kept with its event nor be put back on the stream. */
const readPartitionKey = (pbf: PbfReader): string => {
  const bytes = readBytes(pbf, pbf.length);
  if (!isUtf8(bytes)) throw invalid('a key is not UTF-8');
  const key = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
  if (key !== '' && !isPartitionKey(key))
    throw invalid(`a partition key has ${bytes.length} bytes; expected at most ${PARTITION_KEY_CHARACTERS} characters`);
  return key;
};

const keyAt = (keys: readonly string[], index: number): string => {
  const key = keys[index];
  if (key === undefined)
    throw invalid(`partition_key_index is ${index}; expected an index into a table of ${keys.length} keys`);
  return key;
};

/**
 * An aggregated record as an envelope: each user record is an event, with its own partition key. Fluentd and Fluent Bit compress each of them
 * and not the whole, and the KPL may put the header of a schema before each.
 */
export const aggregatedRecord: Envelope = ({ data }) => {
  const records = disaggregate(data);
  if (!records) return undefined;
  let bytes = 0;
  const events = records.map(({ partitionKey, data: packed }) => {
    const event = decompressed(packed) ?? jsonBehindSchema(packed) ?? packed;
    bytes += event.length;
    if (bytes > MOST_BYTES) throw tooLarge();
    return new EventBytes(event, { own: { partitionKey } });
  });
  return { events, notices: 0 };
};
