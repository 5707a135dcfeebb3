import { type AttributeValue, type DynamoDBClient, paginateScan, ScanCommand } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { type EventData, keyOf } from '../core/event-data.ts';
import type { StackNames } from './pipeline.ts';

/** The keys of all rows of EventData. */
export const keysOfEventData = async (client: DynamoDBClient, { eventDataTable }: StackNames): Promise<Set<string>> => {
  const projection = { ProjectionExpression: 'Username, Id' };
  const items = await scan(client, eventDataTable, projection);
  return new Set(items.map((item) => keyOf(unmarshall(item) as EventData)));
};

/** Id and reason of all rejected events. */
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

/** A few rows of EventData. */
export const sampleOfEventData = async (
  client: DynamoDBClient,
  { eventDataTable }: StackNames,
  rows: number,
): Promise<EventData[]> => {
  const { Items = [] } = await client.send(new ScanCommand({ TableName: eventDataTable, Limit: rows }));
  return Items.map((item) => unmarshall(item) as EventData);
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
