import { decompressed } from './compression.ts';
import { firstByte, OPEN_ARRAY, OPEN_OBJECT } from './json-text.ts';

/**
 * The JSON behind the header of AWS Glue's schema registry, with which the KPL names the schema of what it sends. `undefined` for data without
 * one, and for Avro and Protobuf, whose bytes say nothing without it. No JSON begins with its first byte.
 * https://docs.aws.amazon.com/streams/latest/dev/kpl-with-schemaregistry.html
 *
 * @throws {InvalidEventError} GzipInvalid where it is compressed, and broken or too large
 */
export const jsonBehindSchema = (data: Uint8Array): Uint8Array | undefined => {
  if (data[0] !== VERSION || (data[1] !== PLAIN && data[1] !== ZLIB)) return undefined;
  const body = data.subarray(HEADER_BYTES);
  const json = data[1] === ZLIB ? (decompressed(body) ?? body) : body;
  const first = firstByte(json);
  return first === OPEN_OBJECT || first === OPEN_ARRAY ? json : undefined;
};

/** The version of the format, how the rest is compressed, and the id of the version of the schema, a UUID. */
const HEADER_BYTES = 1 + 1 + 16;
const VERSION = 3;
const PLAIN = 0;
const ZLIB = 5;
