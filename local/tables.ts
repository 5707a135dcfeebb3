import { type DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import type { Item } from '../aws/wire-value.ts';
import { appendTo } from '../core/append-to.ts';
import { type EventData, keyOf } from '../core/event-data.ts';
import { storedRow } from '../functions/stored-row.ts';
import { forEachItem } from './scan.ts';
import type { StackNames } from './stack.ts';

/** What is known of a row of EventData without the rest of it. */
type RowHead = Pick<EventData, 'Timestamp' | 'Type'>;

/** All rows of EventData by their keys. @param take called with each of them whole */
export const rowsOfEventData = async (
  client: DynamoDBClient,
  { eventDataTable: table }: StackNames,
  take: (item: Item) => void = () => {},
): Promise<Map<string, RowHead>> => {
  const rows = new Map<string, RowHead>();
  // One is asked for while another is read.
  await forEachItem({ client, table, segments: 2 }, (item) => {
    const { Username, Id, Timestamp, Type } = item;
    rows.set(keyOf({ Username: Username!.S!, Id: Id!.S! }), { Timestamp: Timestamp!.S!, Type: Type!.S! });
    take(item);
  });
  return rows;
};

/** Id and reason of all rejected events. An Id is that of the record, followed by the event's place where it holds several. */
export const rejectedEvents = async (
  client: DynamoDBClient,
  { rejectedEventsTable: table }: StackNames,
): Promise<{ id: string; reason: string; detail: string }[]> => {
  const events: { id: string; reason: string; detail: string }[] = [];
  // Not their data, which may be long.
  await forEachItem({ client, table, attributes: ['Id', 'Reason', 'Detail'] }, ({ Id, Reason, Detail }) => {
    events.push({ id: Id!.S!, reason: Reason!.S!, detail: Detail!.S! });
  });
  return events;
};

/** A few rows of EventData that differ, each once, by their times. Numbers keep their digits. */
export const sampleOfEventData = async (
  client: DynamoDBClient,
  { eventDataTable }: StackNames,
  rows: ReadonlyMap<string, RowHead>,
  count: number,
): Promise<EventData[]> => {
  const items = differentKeys(rows, count).map(async (key) => {
    const [Username, Id] = JSON.parse(key);
    const Key = { Username: { S: Username }, Id: { S: Id } };
    const found = await client.send(new GetItemCommand({ TableName: eventDataTable, Key }));
    return storedRow(found.Item as Item);
  });
  const sample = await Promise.all(items);
  return sample.sort((a, b) => (a.Timestamp < b.Timestamp ? -1 : a.Timestamp > b.Timestamp ? 1 : 0));
};

/** Keys of rows of each type in turn, the most frequent first, spread over all of its rows and over as many users as there are. */
export const differentKeys = (rows: ReadonlyMap<string, RowHead>, count: number): string[] => {
  const ofType = new Map<string, string[]>();
  for (const [key, { Type }] of rows) appendTo(ofType, Type, key);
  const types = [...ofType.values()].sort((a, b) => b.length - a.length);
  const chosen = new Set<string>();
  const users = new Set<string>();
  const rounds = Math.ceil(count / Math.max(1, types.length));
  for (let round = 0; chosen.size < Math.min(count, rows.size); round += 1)
    for (const keys of types) {
      const from = Math.floor((round * keys.length) / rounds) % keys.length;
      const left = [...keys.slice(from), ...keys.slice(0, from)].filter((key) => !chosen.has(key));
      const next = left.find((key) => !users.has(userOf(key))) ?? left[0];
      if (next === undefined || chosen.size === count) continue;
      chosen.add(next);
      users.add(userOf(next));
    }
  return [...chosen];
};

const userOf = (key: string): string => JSON.parse(key)[0];
