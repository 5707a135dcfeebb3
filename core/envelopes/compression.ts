import { gunzipSync, inflateSync } from 'node:zlib';
import { InvalidEventError } from '../invalid-event.ts';
import { MB, RECORD_BYTES } from '../limits.ts';

/**
 * What gzip or zlib around the data of a record, or of a user record within it, holds; `undefined` for data that is not compressed. No
 * UTF-8 begins with the magic number of gzip, and no event with the x of zlib. CloudWatch Logs writes gzip, Fluentd and Fluent Bit write
 * either.
 *
 * @throws {InvalidEventError} GzipInvalid where it is broken, larger than any record, or not all of the data
 */
export const decompressed = (data: Uint8Array): Uint8Array | undefined => {
  const isGzip = data[0] === 0x1f && data[1] === 0x8b;
  if (!isGzip && !isZlib(data)) return undefined;
  const format = isGzip ? 'gzip' : 'zlib';
  const { buffer, engine } = inflated(data, format);
  // Node opens one gzip after another, but of zlib only the first, and says nothing of the rest.
  const rest = data.subarray(engine.bytesWritten);
  if (rest.some((byte) => byte > SPACE))
    throw new InvalidEventError(
      'GzipInvalid',
      `${rest.length} bytes are behind the end of the ${format}; expected one for all that the record holds`,
    );
  return buffer;
};

/** What Node says with the option `info`. The engine has read so many bytes, whatever their number is called. */
interface Inflated {
  buffer: Buffer;
  engine: { bytesWritten: number };
}

const inflated = (data: Uint8Array, format: 'gzip' | 'zlib'): Inflated => {
  const inflate = format === 'gzip' ? gunzipSync : inflateSync;
  try {
    return inflate(data, { info: true, maxOutputLength: RECORD_BYTES.most }) as unknown as Inflated;
  } catch (error) {
    const isTooLarge = error instanceof RangeError;
    throw new InvalidEventError(
      'GzipInvalid',
      isTooLarge
        ? `the ${format} holds more than ${RECORD_BYTES.most / MB} MiB; expected no more than the largest record`
        : `the ${format} is broken: its bytes were changed or cut off on their way`,
    );
  }
};

/** A line end may be behind it, and zeros may, as behind gzip. */
const SPACE = 0x20;

/** An x and the level: the fastest, the usual, the best. Those between have a `^`, as text may. https://www.rfc-editor.org/rfc/rfc1950 */
const isZlib = (data: Uint8Array): boolean =>
  data[0] === 0x78 && (data[1] === 0x9c || data[1] === 0x01 || data[1] === 0xda);
