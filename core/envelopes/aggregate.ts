import { PbfWriter } from 'pbf';
import {
  CHECKSUM_BYTES,
  checksumOf,
  type IndexedRecord,
  LENGTH_DELIMITED,
  MAGIC,
  RECORD,
  TABLES,
  type UserRecord,
} from './aggregated-record.ts';

/**
 * Packs user records into one record of the stream. It holds their data, not copies of them, until it is encoded.
 *
 * @example
 *     const aggregate = new Aggregate(50 * 1024);
 *     while (aggregate.add(events[next])) next += 1;
 *     const { partitionKey, data } = aggregate.encode();
 */
export class Aggregate {
  readonly #maxBytes: number;
  /** For each partition key, its index into the table. */
  readonly #indices = new Map<string, number>();
  readonly #records: IndexedRecord[] = [];
  #bytes = MAGIC.length + CHECKSUM_BYTES;

  /** @param maxBytes what the record may come to, its data and its partition key together */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** How many user records it holds. */
  get count(): number {
    return this.#records.length;
  }

  /** What it comes to as a record of the stream: exactly the bytes of its data and of its partition key. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Takes a user record. @returns false, and nothing has changed, where it does not fit any more */
  add({ partitionKey, data }: UserRecord): boolean {
    const known = this.#indices.get(partitionKey);
    const record = { partitionKeyIndex: known ?? this.#indices.size, data };
    let bytes = this.#bytes + sizeOfField(sizeOfRecord(record));
    if (known === undefined) {
      const keyBytes = Buffer.byteLength(partitionKey);
      bytes += sizeOfField(keyBytes);
      // The first is the key of the record as well.
      if (this.count === 0) bytes += keyBytes;
    }
    if (bytes > this.#maxBytes) return false;
    if (known === undefined) this.#indices.set(partitionKey, record.partitionKeyIndex);
    this.#records.push(record);
    this.#bytes = bytes;
    return true;
  }

  /**
   * The record for the stream. Its partition key is that of the first user record, so that it lies on the shard of that one.
   *
   * @throws {RangeError} where there is nothing to encode
   */
  encode(): { partitionKey: string; data: Buffer } {
    const [partitionKey] = this.#indices.keys();
    if (partitionKey === undefined) throw new RangeError('an aggregate without user records; expected at least one');
    const data = Buffer.allocUnsafe(this.#bytes - Buffer.byteLength(partitionKey));
    MAGIC.copy(data);
    const end = data.length - CHECKSUM_BYTES;
    // The writer enlarges a buffer that might not hold the next number. The room for the checksum keeps it from that.
    const pbf = new PbfWriter(data);
    pbf.pos = MAGIC.length;
    for (const key of this.#indices.keys()) {
      pbf.writeTag(TABLES.partitionKeys, LENGTH_DELIMITED);
      pbf.writeVarint(Buffer.byteLength(key));
      pbf.pos += data.write(key, pbf.pos);
    }
    for (const record of this.#records) {
      pbf.writeTag(TABLES.records, LENGTH_DELIMITED);
      pbf.writeVarint(sizeOfRecord(record));
      pbf.writeVarintField(RECORD.partitionKeyIndex, record.partitionKeyIndex);
      pbf.writeBytesField(RECORD.data, record.data);
    }
    checksumOf(data.subarray(MAGIC.length, end)).copy(data, end);
    return { partitionKey, data };
  }
}

const sizeOfRecord = ({ partitionKeyIndex, data }: IndexedRecord): number =>
  TAG_BYTES + sizeOfVarint(partitionKeyIndex) + sizeOfField(data.length);

/** A field number below 16 and its type share one byte. */
const TAG_BYTES = 1;

/** What a field of so many bytes takes, with its tag and its length. */
const sizeOfField = (bytes: number): number => TAG_BYTES + sizeOfVarint(bytes) + bytes;

/** Seven bits in each byte. A record of the stream has no number of more than 28. */
const sizeOfVarint = (value: number): number => {
  if (value < 0x80) return 1;
  if (value < 0x4000) return 2;
  return value < 0x200000 ? 3 : 4;
};
