import { EventBytes } from '../event-bytes.ts';
import { InvalidEventError } from '../invalid-event.ts';
import type { JsonValue } from '../json.ts';
import { MB, RECORD_BYTES } from '../limits.ts';

/**
 * Bytes of all events of one record, each written out with its own copy of what they share. The longest names that CloudWatch Logs
 * allows make a full record come to about three times its size.
 */
const MOST_BYTES = 4 * RECORD_BYTES.most;

/**
 * The events of an envelope that holds them in parts: each is written out as JSON of its own.
 *
 * @param write makes the whole event of its part
 * @throws {InvalidEventError} TooLarge, TooDeep
 */
export const writtenEvents = <T>(parts: readonly T[], write: (part: T) => JsonValue): EventBytes[] => {
  let bytes = 0;
  return parts.map((part) => {
    const data = jsonBytes(write(part));
    bytes += data.length;
    if (bytes > MOST_BYTES) throw tooLarge();
    return new EventBytes(data);
  });
};

const tooLarge = (): InvalidEventError =>
  new InvalidEventError(
    'TooLarge',
    `the events of the record come to more than ${MOST_BYTES / MB} MiB, each with what they share; expected no more`,
  );

const jsonBytes = (value: JsonValue): Buffer => {
  try {
    return Buffer.from(JSON.stringify(value));
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    // The stack of JSON.stringify has an end before Node 26, that of JSON.parse has none. The other RangeError is that of a text with no room.
    if (!error.message.includes('call stack')) throw tooLarge();
    throw new InvalidEventError('TooDeep', 'an event in the record is nested deeper than can be written again');
  }
};
