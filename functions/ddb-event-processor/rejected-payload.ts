import { promisify } from 'node:util';
import { gunzip, gzipSync } from 'node:zlib';
import { describeError } from '../../core/describe-error.ts';
import { shown } from '../../core/json.ts';
import { ITEM_BYTES, KB, RECORD_BYTES } from '../../core/limits.ts';

/** Where the bytes lie: in the row as they are or compressed; where they fit no row, only on the stream until they expire. */
type Payload =
  | { Bytes: number; Encoding: 'identity' | 'gzip'; Data: Uint8Array }
  | { Bytes: number; Encoding: 'stream' };

/** Payloads of so many bytes and more are compressed: a write unit of DynamoDB is 1 KB. */
const LARGE = 4 * KB;

/** Bytes of payload for which an item has room next to the other attributes. */
const MAX_PAYLOAD = ITEM_BYTES - 16 * KB;

/** What a row of RejectedEvents keeps of a payload. */
export const payloadOf = (data: Uint8Array): Payload => {
  const Bytes = data.length;
  if (Bytes < LARGE) return { Bytes, Encoding: 'identity', Data: data };
  const compressed = gzipSync(data);
  if (compressed.length < Bytes && compressed.length <= MAX_PAYLOAD)
    return { Bytes, Encoding: 'gzip', Data: compressed };
  return Bytes <= MAX_PAYLOAD ? { Bytes, Encoding: 'identity', Data: data } : { Bytes, Encoding: 'stream' };
};

/**
 * The payload that a row of RejectedEvents keeps.
 *
 * @param row its attributes, as plain values
 * @returns undefined where it lies on the stream only
 * @throws {TypeError} where the row is not one that the function wrote
 */
export const payloadIn = async ({
  Encoding,
  Data,
}: Readonly<Record<string, unknown>>): Promise<Uint8Array | undefined> => {
  if (Encoding === 'stream') return undefined;
  if (Encoding !== 'identity' && Encoding !== 'gzip')
    throw new TypeError(`its Encoding is ${shown(Encoding)}; expected identity, gzip or stream`);
  if (!(Data instanceof Uint8Array)) throw new TypeError('it has no Data; expected the bytes of its payload');
  if (Encoding === 'identity') return Data;
  return inflate(Data, { maxOutputLength: RECORD_BYTES.most }).catch((cause: Error) => {
    throw new TypeError(`its payload cannot be inflated (${describeError(cause)}); expected gzip`, { cause });
  });
};

const inflate = promisify(gunzip);
