import { ExactNumber } from './exact-number.ts';
import { InvalidEventError } from './invalid-event.ts';
import type { JsonObject, JsonValue } from './json.ts';
import { KEY_BYTES, NESTING_LEVELS } from './limits.ts';

/** A row of EventData. The key is (Username, Id), so an event that is delivered again overwrites itself. */
export interface EventData {
  Username: string;
  Id: string;
  /** ISO 8601 in UTC, with milliseconds. */
  Timestamp: string;
  Type: string;
  Message?: string;
  /** The body of an event that is not text. */
  Data?: JsonValue | Uint8Array;
  /** What else the event says about itself, by the names that it uses. */
  Attributes?: JsonObject;
}

/** A string that is the same for two events exactly where they are the same row. */
export const keyOf = ({ Username, Id }: Pick<EventData, 'Username' | 'Id'>): string => JSON.stringify([Username, Id]);

/**
 * The row with every string well-formed, since half a surrogate pair has no UTF-8, and as DynamoDB can hold it.
 *
 * @throws {InvalidEventError} KeyTooLong; TooDeep; FieldInvalid
 */
export const storable = (row: EventData): EventData => {
  row.Username = storableKey('Username', row.Username, KEY_BYTES.partition);
  row.Id = storableKey('Id', row.Id, KEY_BYTES.sort);
  row.Type = row.Type.toWellFormed();
  if (row.Message !== undefined) row.Message = row.Message.toWellFormed();
  if (row.Data !== undefined && !(row.Data instanceof Uint8Array)) row.Data = storableValue(row.Data, 1);
  if (row.Attributes !== undefined) row.Attributes = storableValue(row.Attributes, 1) as JsonObject;
  return row;
};

const storableKey = (name: 'Username' | 'Id', value: string, maxBytes: number): string => {
  // No character has more than three bytes for each of its UTF-16 code units.
  const found = value.length * 3 > maxBytes ? Buffer.byteLength(value) : 0;
  if (found > maxBytes)
    throw new InvalidEventError('KeyTooLong', `${name} has ${found} bytes; a key holds at most ${maxBytes}`);
  return value.toWellFormed();
};

/** @param level of the value, from 1 for an attribute */
const storableValue = (value: JsonValue, level: number): JsonValue => {
  if (typeof value === 'string') return value.toWellFormed();
  if (typeof value !== 'object' || value === null || value instanceof ExactNumber) return value;
  if (level > NESTING_LEVELS)
    throw new InvalidEventError(
      'TooDeep',
      `data is nested more than ${NESTING_LEVELS} levels deep; DynamoDB holds no more`,
    );
  if (Array.isArray(value)) return value.map((element) => storableValue(element, level + 1));
  if (Object.hasOwn(value, '__proto__'))
    throw new InvalidEventError('FieldInvalid', 'data has a field named "__proto__"; no JavaScript keeps it safely');
  return Object.fromEntries(
    Object.entries(value).map(([name, field]) => [name.toWellFormed(), storableValue(field, level + 1)]),
  );
};
