import { marshall } from '@aws-sdk/util-dynamodb';
import type { EventData } from '../../core/event-data.ts';
import type { JsonValue } from '../../core/json.ts';
import type { Table } from './table.ts';

/** EventData: one row an event, under its author and its id. */
export const eventDataTable = (name: string): Table<EventData> => ({
  name,
  key: ['Username', 'Id'],
  toItem: ({ Data, ...event }) =>
    marshall(
      { ...event, ...(Data === undefined ? {} : { Data: Data instanceof Uint8Array ? Data : withMaps(Data) }) },
      // Numbers beyond 2^53 come as a bigint where their digits matter; what is still a number is exact as a double.
      { allowImpreciseNumbers: true },
    ),
});

/** marshall tells a plain object by its `constructor`, which is a field like any other in an event. It knows a Map for sure. */
const withMaps = (value: JsonValue): unknown => {
  if (Array.isArray(value)) return value.map(withMaps);
  if (typeof value !== 'object' || value === null) return value;
  return new Map(Object.entries(value).map(([name, field]) => [name, withMaps(field)]));
};
