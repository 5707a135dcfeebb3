import { gunzipSync } from 'node:zlib';
import { InvalidEventError } from '../invalid-event.ts';
import { MB, RECORD_BYTES } from '../limits.ts';

/**
 * What gzip around the data of a record holds; `undefined` for data that is not compressed. No UTF-8 begins with its magic number.
 *
 * @throws {InvalidEventError} GzipInvalid where it is broken, or larger than any record
 */
export const gunzipped = (data: Uint8Array): Uint8Array | undefined => {
  if (data[0] !== 0x1f || data[1] !== 0x8b) return undefined;
  try {
    return gunzipSync(data, { maxOutputLength: RECORD_BYTES.most });
  } catch (error) {
    const isTooLarge = error instanceof RangeError;
    throw new InvalidEventError(
      'GzipInvalid',
      isTooLarge
        ? `the gzip holds more than ${RECORD_BYTES.most / MB} MiB; expected no more than the largest record`
        : 'the gzip is broken: its bytes were changed or cut off on their way',
    );
  }
};
