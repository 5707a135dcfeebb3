import { ExactNumber } from './exact-number.ts';
import { InvalidEventError, processorFailed } from './invalid-event.ts';
import { isObject, isText, type JsonObject, type JsonValue, kindOf } from './json.ts';
import { KEY_BYTES, NESTING_LEVELS } from './limits.ts';
import { isIso } from './timestamp.ts';

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
 * The row as DynamoDB can hold it. Half a surrogate pair has no UTF-8, so each becomes U+FFFD; the row itself stays as it is.
 *
 * @throws {InvalidEventError} and nothing else: KeyTooLong; TooDeep; FieldInvalid; ProcessorFailed where it is not a row at all
 */
export const storable = (row: EventData): EventData => {
  checkRow(row);
  checkKey('Username', row.Username, KEY_BYTES.partition);
  checkKey('Id', row.Id, KEY_BYTES.sort);
  // Hardly any row has such a half, so the others are not copied.
  return isWellFormed(row, 0) ? row : (wellFormed(row) as EventData);
};

const wrongIn = (row: EventData, name: keyof EventData, expected: string): InvalidEventError =>
  processorFailed(`it made a row whose ${name} is ${kindOf(row[name])}; expected ${expected}`);

const checkRow = (row: EventData): void => {
  if (typeof row !== 'object' || row === null)
    throw processorFailed(`it made ${kindOf(row)}; expected a row, a list of rows, or undefined to drop the event`);
  for (const name of ['Username', 'Id', 'Type'] as const)
    if (!isText(row[name])) throw wrongIn(row, name, 'a text that is not empty');
  if (!isIso(row.Timestamp)) throw wrongIn(row, 'Timestamp', 'a time like "2026-11-20T12:00:00.000Z"');
  if (row.Message !== undefined && typeof row.Message !== 'string') throw wrongIn(row, 'Message', 'a text');
  if (row.Attributes !== undefined && !isObject(row.Attributes)) throw wrongIn(row, 'Attributes', 'an object');
  // The table would not have it, and nobody would know.
  for (const name of Object.keys(row))
    if (!IS_ATTRIBUTE.has(name) && row[name as keyof EventData] !== undefined)
      throw processorFailed(`it made a row with something next to ${ATTRIBUTES.join(', ')}; put it into Data`);
};

/** The names of a row's attributes, in the order in which a person reads them. */
export const ATTRIBUTES = ['Username', 'Id', 'Timestamp', 'Type', 'Message', 'Data', 'Attributes'] as const;

const IS_ATTRIBUTE: ReadonlySet<string> = new Set<keyof EventData>(ATTRIBUTES);

const checkKey = (name: 'Username' | 'Id', value: string, maxBytes: number): void => {
  // No character has more than three bytes for each of its UTF-16 code units.
  const found = value.length * 3 > maxBytes ? Buffer.byteLength(value) : 0;
  if (found > maxBytes)
    throw new InvalidEventError('KeyTooLong', `${name} has ${found} bytes; a key holds at most ${maxBytes}`);
};

type Value = EventData | JsonValue | Uint8Array | undefined;

/**
 * Whether every text in a value has a UTF-8.
 *
 * @param level of the value, from 1 for an attribute
 * @throws {InvalidEventError} TooDeep; FieldInvalid; ProcessorFailed where JSON has no such value
 */
const isWellFormed = (value: Value, level: number): boolean => {
  if (typeof value === 'string') return value.isWellFormed();
  if (isScalar(value)) {
    checkScalar(value);
    return true;
  }
  if (level > NESTING_LEVELS)
    throw new InvalidEventError(
      'TooDeep',
      `data is nested more than ${NESTING_LEVELS} levels deep; DynamoDB holds no more`,
    );
  return Array.isArray(value)
    ? areElementsWellFormed(value, level + 1)
    : areFieldsWellFormed(value as JsonObject, level + 1);
};

/** @param level of the elements */
const areElementsWellFormed = (elements: readonly Value[], level: number): boolean => {
  let are = true;
  for (const element of elements) {
    if (element === undefined) throw notJson('undefined in an array');
    are = isWellFormed(element, level) && are;
  }
  return are;
};

/** @param level of the fields */
const areFieldsWellFormed = (object: JsonObject, level: number): boolean => {
  const names = Object.keys(object);
  // A Date or a Map would be stored as an object without fields.
  if (names.length === 0 && !isPlain(object)) throw notJson(`a ${Object.prototype.toString.call(object).slice(8, -1)}`);
  let are = true;
  for (const name of names) {
    if (name === '__proto__')
      throw new InvalidEventError('FieldInvalid', 'data has a field named "__proto__"; no JavaScript keeps it safely');
    are = isWellFormed(object[name], level) && name.isWellFormed() && are;
  }
  return are;
};

const checkScalar = (value: unknown): void => {
  switch (typeof value) {
    case 'number':
      if (!Number.isFinite(value)) throw notJson(`the number ${value}`);
      return;
    case 'bigint':
    case 'function':
    case 'symbol':
      throw notJson(`a ${typeof value}`);
  }
};

const isPlain = (value: object): boolean => {
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
};

const notJson = (found: string): InvalidEventError =>
  processorFailed(`it made a row that holds ${found}; expected what JSON has: texts, finite numbers, booleans, null`);

/** A copy of the value, with every text well-formed. */
const wellFormed = (value: Value): Value => {
  if (typeof value === 'string') return value.toWellFormed();
  if (isScalar(value)) return value;
  if (Array.isArray(value)) return value.map(wellFormed) as JsonValue[];
  return Object.fromEntries(
    Object.entries(value).map(([name, field]) => [name.toWellFormed(), wellFormed(field)]),
  ) as JsonObject;
};

const isScalar = (value: Value): value is Exclude<Value, EventData | JsonObject | JsonValue[]> =>
  typeof value !== 'object' || value === null || value instanceof ExactNumber || value instanceof Uint8Array;
