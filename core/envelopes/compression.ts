import { gunzipSync, inflateSync } from 'node:zlib';
import { InvalidEventError } from '../invalid-event.ts';
import { MB, RECORD_BYTES } from '../limits.ts';

/**
 * What gzip or zlib around the data of a record, or of a user record within it, holds; `undefined` for data that is not compressed. No
 * UTF-8 begins with the magic number of gzip, and no event with the x of zlib. CloudWatch Logs writes gzip, Fluentd and Fluent Bit write
 * either.
 *
 * @throws {InvalidEventError} GzipInvalid where it is broken, or larger than any record
 */
export const decompressed = (data: Uint8Array): Uint8Array | undefined => {
  const isGzip = data[0] === 0x1f && data[1] === 0x8b;
  if (!isGzip && !isZlib(data)) return undefined;
  const format = isGzip ? 'gzip' : 'zlib';
  try {
    return (isGzip ? gunzipSync : inflateSync)(data, { maxOutputLength: RECORD_BYTES.most });
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

/** An x and the level: the fastest, the usual, the best. Those between have a `^`, as text may. https://www.rfc-editor.org/rfc/rfc1950 */
const isZlib = (data: Uint8Array): boolean =>
  data[0] === 0x78 && (data[1] === 0x9c || data[1] === 0x01 || data[1] === 0xda);
