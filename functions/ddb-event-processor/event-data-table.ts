import { type Item, toWire } from '../../aws/wire-value.ts';
import type { Clock } from '../../core/clock.ts';
import type { EventData } from '../../core/event-data.ts';
import type { Table } from './table.ts';

/** When rows are deleted. */
export interface Expiry {
  /** Counted from when a row is written. */
  days: number;
  calendar: Pick<Clock, 'now'>;
}

/**
 * EventData: one row an event, under its author and its id.
 *
 * @param expiry without it rows are kept
 */
export const eventDataTable = (name: string, expiry?: Expiry): Table<EventData> => ({
  name,
  key: ['Username', 'Id'],
  toItem: ({ Username, Id, Timestamp, Type, Message, Data, Attributes }) => {
    const item: Item = { Username: { S: Username }, Id: { S: Id }, Timestamp: { S: Timestamp }, Type: { S: Type } };
    if (Message !== undefined) item.Message = { S: Message };
    if (Data !== undefined) item.Data = toWire(Data);
    if (Attributes !== undefined) item.Attributes = toWire(Attributes);
    if (expiry) item.ExpiresAt = { N: String(expiresAt(expiry)) };
    return item;
  },
});

/** Seconds since 1970. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/howitworks-ttl.html */
const expiresAt = ({ days, calendar }: Expiry): number => Math.floor(calendar.now() / 1000 + days * 24 * 60 * 60);
