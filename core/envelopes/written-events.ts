import { EventBytes } from '../event-bytes.ts';
import { InvalidEventError } from '../invalid-event.ts';
import type { JsonObject, JsonValue } from '../json.ts';
import { MB, RECORD_BYTES } from '../limits.ts';

/**
 * Bytes of all events of one record, each written out with its own copy of what they share. The longest names that CloudWatch Logs
 * allows make a full record come to about three times its size.
 */
const MOST_BYTES = 4 * RECORD_BYTES.most;

/**
 * The events of an envelope that holds them in parts: each is written out as JSON of its own.
 *
 * @param write makes of its part the fields that only this event has, at least one
 * @param shared fields that all events have, written once: they may be a hundred times as long as the others
 * @throws {InvalidEventError} TooLarge, TooDeep
 */
export const writtenEvents = <T>(
  parts: readonly T[],
  write: (part: T) => JsonObject,
  shared: JsonObject = {},
): EventBytes[] => {
  const end = textOf(shared).slice(1);
  const separator = end === '}' ? '' : ',';
  if (end.length * parts.length > MOST_BYTES) throw tooLarge();
  let bytes = 0;
  return parts.map((part) => {
    const own = textOf(write(part));
    const data = Buffer.from(`${own.slice(0, -1)}${separator}${end}`);
    bytes += data.length;
    if (bytes > MOST_BYTES) throw tooLarge();
    // Read again without what they share. Of two fields of one name the last counts in both.
    return new EventBytes(data, undefined, Object.assign(JSON.parse(own), shared));
  });
};

const tooLarge = (): InvalidEventError =>
  new InvalidEventError(
    'TooLarge',
    `the events of the record come to more than ${MOST_BYTES / MB} MiB, each with what they share; expected no more`,
  );

const textOf = (value: JsonValue): string => {
  try {
    return JSON.stringify(value);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    // The stack of JSON.stringify has an end before Node 26, that of JSON.parse has none. The other RangeError is that of a text with no room.
    if (!error.message.includes('call stack')) throw tooLarge();
    throw new InvalidEventError('TooDeep', 'an event in the record is nested deeper than can be written again');
  }
};
