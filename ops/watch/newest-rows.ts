import { DescribeTableCommand, type DynamoDBClient, QueryCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import type { Item } from '../../aws/wire-value.ts';
import type { EventData } from '../../core/event-data.ts';
import { LISTED, newestFirst, shownRow, storedRows } from '../../local/watch/table-rows.ts';
import type { Rows } from '../../local/watch/watched.ts';
import { type AccessPath, accessPathTo, isTypeIndexBeingMade } from '../query/access-path.ts';

/** Types that are remembered, where the table has an index by type: those with the newest rows. */
const TYPES = 10;

/** Rows that are looked at each time for types that are not known yet: at most 1 MB, which is 128 read units. */
const SEARCHED = 1_000;

/**
 * The newest rows of a deployed table, for little money. With the index of the parameter TypeIndex that is a Query of a few rows for
 * each type; without it, one page of a Scan, whose rows are in no order.
 *
 * @returns finds them; it remembers which types there are
 */
export const newestRows = (client: DynamoDBClient, table: string): ((signal: AbortSignal) => Promise<Rows>) => {
  let known: string[] = [];
  let next: Item | undefined;

  /**
   * Types that a page of the table has besides those that are known. Each time it is the next page. A Scan reads keys in the order of
   * their hashes, so each page is a sample: a type with many rows is found soon, a rare one once its row is reached.
   */
  const otherTypes = async (signal: AbortSignal): Promise<string[]> => {
    const values = Object.fromEntries(known.map((type, index) => [`:t${index}`, { S: type }]));
    const isOther = known.length > 0 && {
      FilterExpression: `NOT #type IN (${Object.keys(values).join(', ')})`,
      ExpressionAttributeValues: values,
    };
    const page = new ScanCommand({
      TableName: table,
      Limit: SEARCHED,
      ProjectionExpression: '#type',
      ExpressionAttributeNames: { '#type': 'Type' },
      ...isOther,
      ...(next && { ExclusiveStartKey: next as never }),
    });
    const { Items = [], LastEvaluatedKey } = await client.send(page, { abortSignal: signal });
    next = LastEvaluatedKey as Item | undefined;
    const types = new Set(Items.flatMap(({ Type }) => (Type?.S === undefined ? [] : [Type.S])));
    return [...types].slice(0, TYPES);
  };

  const newestOf = async (input: AccessPath['input'], limit: number, signal: AbortSignal): Promise<EventData[]> => {
    const newest = new QueryCommand({ TableName: table, ...input, ScanIndexForward: false, Limit: limit });
    return storedRows((await client.send(newest, { abortSignal: signal })).Items);
  };

  return async (signal) => {
    const { Table = {} } = await client.send(new DescribeTableCommand({ TableName: table }), { abortSignal: signal });
    if (accessPathTo({ type: 'any' }, Table).kind !== 'query') {
      const { Items = [] } = await client.send(new ScanCommand({ TableName: table, Limit: LISTED }), {
        abortSignal: signal,
      });
      return {
        rows: listed(storedRows(Items).toSorted(newestFirst)),
        note: isTypeIndexBeingMade(Table)
          ? 'some of the rows; the newest of each type once DynamoDB has filled the index by type'
          : 'some of the rows; a stack with TypeIndex=true lists the newest of each type',
      };
    }
    const types = [...known, ...(await otherTypes(signal))];
    const limit = Math.max(1, Math.floor(LISTED / Math.max(1, Math.min(types.length, TYPES))));
    const found: EventData[] = [];
    for (const type of types) found.push(...(await newestOf(accessPathTo({ type }, Table).input, limit, signal)));
    found.sort(newestFirst);
    known = [...new Set(found.map(({ Type }) => Type))].slice(0, TYPES);
    return { rows: listed(found), note: `the newest of ${known.length === 1 ? 'one type' : `${known.length} types`}` };
  };
};

const listed = (rows: readonly EventData[]): Rows['rows'] => rows.slice(0, LISTED).map(shownRow);
