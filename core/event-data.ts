import { InvalidEventError } from './invalid-event.ts';
import type { JsonValue } from './json.ts';

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

/**
 * Bytes of UTF-8, of the partition key and the sort key of a table.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
 */
export const KEY_LIMITS = { Username: 2048, Id: 1024 } as const;

/** A string that is the same for two events exactly where they are the same row. */
export const keyOf = ({ Username, Id }: Pick<EventData, 'Username' | 'Id'>): string => JSON.stringify([Username, Id]);

/** The event with every string well-formed, since a lone surrogate has no UTF-8, and with a key that the table can hold. */
export const withStorableKey = (event: EventData): EventData => {
  event.Username = storableKey('Username', event.Username);
  event.Id = storableKey('Id', event.Id);
  if (event.Message !== undefined) event.Message = event.Message.toWellFormed();
  return event;
};

const storableKey = (name: keyof typeof KEY_LIMITS, value: string): string => {
  // No character has more than three bytes for each of its UTF-16 code units.
  const found = value.length * 3 > KEY_LIMITS[name] ? Buffer.byteLength(value) : 0;
  if (found > KEY_LIMITS[name])
    throw new InvalidEventError('KeyTooLong', `${name} has ${found} bytes; a key holds at most ${KEY_LIMITS[name]}`);
  return value.toWellFormed();
};
