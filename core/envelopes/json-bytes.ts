import { InvalidEventError } from '../invalid-event.ts';
import type { JsonValue } from '../json.ts';

/** The JSON text of an event that an envelope holds in parts. @throws {InvalidEventError} TooDeep */
export const jsonBytes = (value: JsonValue): Buffer => {
  try {
    return Buffer.from(JSON.stringify(value));
  } catch (error) {
    // The stack of JSON.stringify has an end, that of JSON.parse has none.
    if (!(error instanceof RangeError)) throw error;
    throw new InvalidEventError('TooDeep', 'an event in the record is nested deeper than can be written again');
  }
};
