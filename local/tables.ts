import { type AttributeValue, type DynamoDBClient, GetItemCommand, paginateScan } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { LosslessNumber } from 'lossless-json';
import { type EventData, keyOf } from '../core/event-data.ts';
import type { StackNames } from './stack.ts';

/** The keys of all rows of EventData. */
export const keysOfEventData = async (client: DynamoDBClient, { eventDataTable }: StackNames): Promise<Set<string>> => {
  const projection = { ProjectionExpression: 'Username, Id' };
  const items = await scan(client, eventDataTable, projection);
  return new Set(items.map((item) => keyOf(unmarshall(item) as EventData)));
};

/** Id and reason of all rejected events. An Id is that of the record, followed by the event's place where it holds several. */
export const rejectedEvents = async (
  client: DynamoDBClient,
  { rejectedEventsTable }: StackNames,
): Promise<{ id: string; reason: string; detail: string }[]> => {
  const projection = {
    ProjectionExpression: 'Id, #reason, #detail',
    ExpressionAttributeNames: { '#reason': 'Reason', '#detail': 'Detail' },
  };
  const items = await scan(client, rejectedEventsTable, projection);
  return items.map((item) => {
    const { Id, Reason, Detail } = unmarshall(item);
    return { id: Id, reason: Reason, detail: Detail };
  });
};

/** Rows of EventData, each once, spread over all of the keys. Numbers keep their digits: they are LosslessNumbers. */
export const sampleOfEventData = async (
  client: DynamoDBClient,
  { eventDataTable }: StackNames,
  keys: ReadonlySet<string>,
  rows: number,
): Promise<EventData[]> => {
  const all = [...keys];
  const length = Math.min(rows, all.length);
  const chosen = Array.from({ length }, (_, index) => all[Math.floor((index * all.length) / length)]);
  const items = chosen.map(async (key = '[]') => {
    const [Username, Id] = JSON.parse(key);
    const { Item } = await client.send(
      new GetItemCommand({ TableName: eventDataTable, Key: marshall({ Username, Id }) }),
    );
    return unmarshall(Item!, { wrapNumbers: (digits) => new LosslessNumber(digits) }) as EventData;
  });
  return Promise.all(items);
};

const scan = async (
  client: DynamoDBClient,
  table: string,
  projection: object,
): Promise<Record<string, AttributeValue>[]> => {
  const items: Record<string, AttributeValue>[] = [];
  for await (const page of paginateScan({ client }, { TableName: table, ...projection }))
    items.push(...(page.Items ?? []));
  return items;
};
