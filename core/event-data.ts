import { InvalidEventError } from './invalid-event.ts';
import type { JsonValue } from './json.ts';
import { KEY_BYTES } from './limits.ts';

/** A row of EventData. The key is (Username, Id), so an event that is delivered again overwrites itself. */
export interface EventData {
  Username: string;
  Id: string;
  /** ISO 8601 in UTC, with milliseconds. */
  Timestamp: string;
  Type: string;
  Message?: string;
  /** The body of a CloudEvent that is not text. */
  Data?: JsonValue | Uint8Array;
}

/** A string that is the same for two events exactly where they are the same row. */
export const keyOf = ({ Username, Id }: Pick<EventData, 'Username' | 'Id'>): string => JSON.stringify([Username, Id]);

/** The event with every string well-formed, since a lone surrogate has no UTF-8, and with a key that the table can hold. */
export const withStorableKey = (event: EventData): EventData => {
  event.Username = storableKey('Username', event.Username, KEY_BYTES.partition);
  event.Id = storableKey('Id', event.Id, KEY_BYTES.sort);
  if (event.Message !== undefined) event.Message = event.Message.toWellFormed();
  return event;
};

const storableKey = (name: 'Username' | 'Id', value: string, maxBytes: number): string => {
  // No character has more than three bytes for each of its UTF-16 code units.
  const found = value.length * 3 > maxBytes ? Buffer.byteLength(value) : 0;
  if (found > maxBytes)
    throw new InvalidEventError('KeyTooLong', `${name} has ${found} bytes; a key holds at most ${maxBytes}`);
  return value.toWellFormed();
};
