import { marshall, NumberValueImpl } from '@aws-sdk/util-dynamodb';
import type { EventData } from '../../core/event-data.ts';
import { ExactNumber } from '../../core/exact-number.ts';
import type { JsonValue } from '../../core/json.ts';
import type { Item, Table } from './table.ts';
import { toWire, type WireValue } from './wire-value.ts';

/** EventData: one row an event, under its author and its id. */
export const eventDataTable = (name: string): Table<EventData> => ({
  name,
  key: ['Username', 'Id'],
  toItem: ({ Username, Id, Timestamp, Type, Message, Data, Attributes }) => {
    const item: Item = { Username: { S: Username }, Id: { S: Id }, Timestamp: { S: Timestamp }, Type: { S: Type } };
    if (Message !== undefined) item.Message = { S: Message };
    if (Data !== undefined) item.Data = toData(Data);
    if (Attributes !== undefined) item.Attributes = toData(Attributes);
    return item;
  },
});

const toData = (data: JsonValue | Uint8Array): WireValue => {
  const value = data instanceof Uint8Array ? data : withMaps(data);
  // What is still a number is exact as a double.
  const { Data } = marshall({ Data: value }, { allowImpreciseNumbers: true });
  return toWire(Data!);
};

/** marshall tells a plain object by its `constructor`, which is a field like any other in an event. It knows a Map for sure. */
const withMaps = (value: JsonValue): unknown => {
  if (value instanceof ExactNumber) return NumberValueImpl.from(value.text);
  if (Array.isArray(value)) return value.map(withMaps);
  if (typeof value !== 'object' || value === null) return value;
  return new Map(Object.entries(value).map(([name, field]) => [name, withMaps(field)]));
};
