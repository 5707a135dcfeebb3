import type { EventData } from '../../core/event-data.ts';
import type { Table } from './table.ts';
import { type Item, toWire } from './wire-value.ts';

/** EventData: one row an event, under its author and its id. */
export const eventDataTable = (name: string): Table<EventData> => ({
  name,
  key: ['Username', 'Id'],
  toItem: ({ Username, Id, Timestamp, Type, Message, Data, Attributes }) => {
    const item: Item = { Username: { S: Username }, Id: { S: Id }, Timestamp: { S: Timestamp }, Type: { S: Type } };
    if (Message !== undefined) item.Message = { S: Message };
    if (Data !== undefined) item.Data = toWire(Data);
    if (Attributes !== undefined) item.Attributes = toWire(Attributes);
    return item;
  },
});
