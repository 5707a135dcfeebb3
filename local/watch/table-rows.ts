import {
  type AttributeValue,
  BatchGetItemCommand,
  type DynamoDBClient,
  paginateScan,
  QueryCommand,
  ScanCommand,
} from '@aws-sdk/client-dynamodb';
import { fromItem, type Item } from '../../aws/wire-value.ts';
import { count as counted, number } from '../../cli/numbers.ts';
import { UserError } from '../../cli/user-error.ts';
import type { EventData } from '../../core/event-data.ts';
import { writeExactJson } from '../../core/exact-json.ts';
import { unlessInvalid } from '../../core/invalid-event.ts';
import { KEY_BYTES } from '../../core/limits.ts';
import { contributionOf, type Rollup } from '../../core/processor.ts';
import { shortened } from '../../core/shortened.ts';
import { storedRow } from '../../functions/stored-row.ts';
import type { Rejected, Rows, ShownRejected, ShownRow, Watched } from './watched.ts';

/** A table, and what ends reading. */
interface Reading {
  client: DynamoDBClient;
  table: string;
  signal: AbortSignal;
}

/** Rows that a list shows. */
export const LISTED = 50;

/** Characters of a text that a list shows. */
const SHOWN = 280;

/** How much one list may cost: pages of a Scan, of 1 MB or this many rows each. */
const PAGES = 4;
const PAGE_ROWS = 1_000;

const clip = (text: string): string => shortened(text, SHOWN);

/** A row for a person. Its key is whole, since the page asks for rows by it. Bytes show as base64, numbers with every digit. */
export const shownRow = ({ Username, Id, Timestamp, Type, Message, Data }: EventData): ShownRow => {
  const data = Data instanceof Uint8Array ? Buffer.from(Data).toString('base64') : writeExactJson(Data ?? '');
  return {
    username: Username,
    id: Id,
    timestamp: Timestamp,
    type: clip(Type),
    text: clip(Message ?? data),
  };
};

/** The rows among these items. What another writer put into the table in another form is passed over. */
export const storedRows = (items: readonly Record<string, AttributeValue>[] = []): EventData[] =>
  items.flatMap((item) => unlessInvalid(() => storedRow(item as Item)) ?? []);

/** Compares rows for a sort. Times in ISO 8601 sort as text. */
export const newestFirst = (a: { Timestamp: string }, b: { Timestamp: string }): number =>
  a.Timestamp < b.Timestamp ? 1 : a.Timestamp > b.Timestamp ? -1 : 0;

/** Finds the rows that a page asks for in EventData. */
export const rowFinder = (
  table: Omit<Reading, 'signal'>,
  rollups: readonly Rollup[],
): Pick<Watched, 'rowsOfKey' | 'rowsOfGroup'> => ({
  rowsOfKey: (username, signal) => rowsOfKey({ ...table, signal }, username),
  rowsOfGroup: async (name, group, signal) => {
    const rollup = rollups.find((one) => one.name === name);
    if (!rollup) throw new UserError('there is no such rollup');
    return rowsOfGroup({ ...table, signal }, rollup, group);
  },
});

/** Rows of a Username: one Query of at most {@link LISTED} rows. */
const rowsOfKey = async (reading: Reading, username: string): Promise<Rows> => {
  const { Items, LastEvaluatedKey } = await queryKey(reading, username);
  const rows = storedRows(Items).map(shownRow);
  return { rows, note: `${LastEvaluatedKey ? `the first ${rows.length}` : rows.length} with this Username` };
};

const queryKey = ({ client, table, signal }: Reading, username: string) =>
  client.send(
    new QueryCommand({
      TableName: table,
      KeyConditionExpression: 'Username = :username',
      ExpressionAttributeValues: { ':username': { S: username } },
      Limit: LISTED,
    }),
    { abortSignal: signal },
  );

/**
 * Rows that a group of a rollup counts. Often a group is a Username; otherwise rows are looked at one by one, as many as a few pages
 * have.
 */
const rowsOfGroup = async (reading: Reading, rollup: Rollup, group: string): Promise<Rows> => {
  const isCounted = (row: EventData): boolean => unlessInvalid(() => contributionOf(rollup, row))?.group === group;
  const { client, table, signal } = reading;
  // An empty key is refused.
  const isKey = group !== '' && Buffer.byteLength(group) <= KEY_BYTES.partition;
  const byKey = isKey ? storedRows((await queryKey(reading, group)).Items).filter(isCounted) : [];
  if (byKey.length > 0)
    return { rows: byKey.sort(newestFirst).map(shownRow), note: `${byKey.length} of this group, found by their key` };
  const found: EventData[] = [];
  let looked = 0;
  let start: Record<string, AttributeValue> | undefined;
  for (let page = 0; page < PAGES && found.length < LISTED; page += 1) {
    const input = { TableName: table, Limit: PAGE_ROWS, ...(start && { ExclusiveStartKey: start }) };
    const { Items = [], LastEvaluatedKey } = await client.send(new ScanCommand(input), { abortSignal: signal });
    looked += Items.length;
    found.push(...storedRows(Items).filter(isCounted));
    start = LastEvaluatedKey;
    if (!start) break;
  }
  const rows = found.slice(0, LISTED).sort(newestFirst).map(shownRow);
  return { rows, note: `${rows.length} of this group, found among ${counted(looked, 'row')}` };
};

/** How many rows EventData has, and the newest of them. */
export interface Census {
  count: number;
  newest: Rows;
}

/** What is known of every row: enough to order them. */
const HEADS = {
  ProjectionExpression: 'Username, Id, #time',
  ExpressionAttributeNames: { '#time': 'Timestamp' },
  ConsistentRead: true,
};

/** Reads the whole table: counts all rows, and keeps the newest by their Timestamps. It holds as many rows as a list has, whatever the table holds. */
export const censusOf = async ({ client, table, signal }: Reading): Promise<Census> => {
  let count = 0;
  let newest: { Username: string; Id: string; Timestamp: string }[] = [];
  for await (const { Items = [] } of paginateScan(
    { client },
    { TableName: table, ...HEADS },
    { abortSignal: signal },
  )) {
    count += Items.length;
    const heads = Items.map((item) => fromItem(item as Item) as (typeof newest)[number]);
    newest = [...newest, ...heads].sort(newestFirst).slice(0, LISTED);
  }
  const rows = newest.length === 0 ? [] : await rowsWithKeys({ client, table, signal }, newest);
  return { count, newest: { rows: rows.sort(newestFirst).map(shownRow), note: 'newest first, by Timestamp' } };
};

const rowsWithKeys = async (
  { client, table, signal }: Reading,
  keys: readonly { Username: string; Id: string }[],
): Promise<EventData[]> => {
  const rows: EventData[] = [];
  let left: Record<string, AttributeValue>[] | undefined = keys.map(({ Username, Id }) => ({
    Username: { S: Username },
    Id: { S: Id },
  }));
  // An answer has so many megabytes at most, and names the keys that it leaves.
  while (left) {
    const command: BatchGetItemCommand = new BatchGetItemCommand({ RequestItems: { [table]: { Keys: left } } });
    const { Responses, UnprocessedKeys } = await client.send(command, { abortSignal: signal });
    rows.push(...storedRows(Responses?.[table]));
    left = UnprocessedKeys?.[table]?.Keys;
  }
  return rows;
};

const REJECTED = {
  ProjectionExpression: 'Id, #reason, #detail, #at, #bytes',
  ExpressionAttributeNames: { '#reason': 'Reason', '#detail': 'Detail', '#at': 'RejectedAt', '#bytes': 'Bytes' },
};

/**
 * The rejected events, counted by their reasons, and the last of them. Their payloads are not read.
 *
 * @param pages of the table, of 1 MB each, that are read at most. @default all of them
 */
export const rejectedOf = async (
  { client, table, signal }: Reading,
  pages = Number.POSITIVE_INFINITY,
): Promise<Rejected & { count: number }> => {
  const reasons = new Map<string, number>();
  let count = 0;
  let read = 0;
  let isWhole = true;
  let events: ShownRejected[] = [];
  const scan = { TableName: table, ConsistentRead: !Number.isFinite(pages), ...REJECTED };
  for await (const { Items = [], LastEvaluatedKey } of paginateScan({ client }, scan, { abortSignal: signal })) {
    const found = Items.map(shownRejected);
    for (const { reason } of found) reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
    count += found.length;
    events = [...events, ...found]
      .sort((a, b) => (a.rejectedAt < b.rejectedAt ? 1 : a.rejectedAt > b.rejectedAt ? -1 : 0))
      .slice(0, LISTED);
    read += 1;
    isWhole = LastEvaluatedKey === undefined;
    if (read >= pages) break;
  }
  return {
    events,
    reasons: [...reasons].sort(([a, one], [b, other]) => other - one || (a < b ? -1 : 1)).slice(0, LISTED),
    note: isWhole ? 'newest first' : `the newest among the first ${number(count)}`,
    count,
  };
};

/** Another program may have written anything: a value of another type is as none. */
const textOf = (value: AttributeValue | undefined): string => value?.S ?? '';

const shownRejected = ({ Id, Reason, Detail, RejectedAt, Bytes }: Record<string, AttributeValue>): ShownRejected => ({
  id: textOf(Id),
  reason: clip(textOf(Reason)),
  detail: clip(textOf(Detail)),
  rejectedAt: textOf(RejectedAt),
  bytes: Number(Bytes?.N ?? 0),
});
