import { ExactNumber, exactNumber } from '../core/exact-number.ts';
import { InvalidEventError } from '../core/invalid-event.ts';
import type { JsonObject, JsonValue } from '../core/json.ts';

/**
 * An attribute value as it travels in JSON: numbers are text, bytes are base64.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.LowLevelAPI.html
 */
export interface WireValue {
  S?: string;
  N?: string;
  B?: string;
  BOOL?: boolean;
  NULL?: boolean;
  M?: Record<string, WireValue>;
  L?: WireValue[];
}

/** The attributes of one row. */
export type Item = Record<string, WireValue>;

/** A value as DynamoDB takes it. Numbers are finite. */
export const toWire = (value: JsonValue | Uint8Array): WireValue => {
  switch (typeof value) {
    case 'string':
      return { S: value };
    case 'number':
      return { N: String(value) };
    case 'boolean':
      return { BOOL: value };
  }
  if (value === null) return { NULL: true };
  if (value instanceof ExactNumber) return { N: value.text };
  if (value instanceof Uint8Array)
    return { B: Buffer.from(value.buffer, value.byteOffset, value.length).toString('base64') };
  if (Array.isArray(value)) return { L: value.map(toWire) };
  return { M: toItem(value) };
};

/** The attributes of an object. Those that are undefined are left out. */
export const toItem = (values: Readonly<Record<string, JsonValue | Uint8Array | undefined>>): Item => {
  const attributes: [name: string, value: WireValue][] = [];
  for (const [name, value] of Object.entries(values)) if (value !== undefined) attributes.push([name, toWire(value)]);
  // Not by assignment: a field may be named "__proto__".
  return Object.fromEntries(attributes);
};

/**
 * The value of an attribute: the inverse of {@link toWire}. Numbers keep all of their digits.
 *
 * @throws {InvalidEventError} FieldInvalid where it is of a type that {@link toWire} does not make, such as a set
 */
export const fromWire = (value: WireValue): JsonValue | Uint8Array => {
  if (value.S !== undefined) return value.S;
  if (value.N !== undefined) return exactNumber(value.N);
  if (value.BOOL !== undefined) return value.BOOL;
  if (value.M !== undefined) return fromItem(value.M) as JsonObject;
  if (value.L !== undefined) return value.L.map(fromWire) as JsonValue[];
  if (value.NULL !== undefined) return null;
  if (value.B !== undefined) return Buffer.from(value.B, 'base64');
  throw new InvalidEventError('FieldInvalid', `an attribute has the type ${Object.keys(value).join() || 'of nothing'}`);
};

/** The values of all attributes. */
export const fromItem = (item: Readonly<Item>): Record<string, JsonValue | Uint8Array> =>
  Object.fromEntries(Object.entries(item).map(([name, value]) => [name, fromWire(value)]));
