import type { AttributeValue } from '@aws-sdk/client-dynamodb';

/**
 * An attribute value as it travels in JSON: bytes are base64.
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

/** The wire form of what marshall makes. */
export const toWire = (value: AttributeValue): WireValue => {
  if (value.B !== undefined) return { B: Buffer.from(value.B).toString('base64') };
  if (value.M !== undefined) return { M: toWireItem(value.M) };
  if (value.L !== undefined) return { L: value.L.map(toWire) };
  return value as WireValue;
};

export const toWireItem = (item: Readonly<Record<string, AttributeValue>>): Record<string, WireValue> =>
  Object.fromEntries(Object.entries(item).map(([name, value]) => [name, toWire(value)]));
